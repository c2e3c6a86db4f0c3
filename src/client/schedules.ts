import type { ScheduleDescription, ScheduleHandle, ScheduleOptionsAction, ScheduleSpec } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleInput, ScheduleTimes } from '../contracts/schedule.ts';
import { scheduleNote } from '../contracts/schedule-note.ts';
import { rolloutNameAttribute } from '../contracts/search-attributes.ts';
import { isRolloutName, scheduleId } from '../contracts/workflow-ids.ts';
import { AppError } from '../domain/errors.ts';
import type { TemporalAccess } from './connection.ts';
import { recentRuns } from './schedule-runs.ts';
import { requireFittingInput } from './start.ts';
import { argumentProblemIn } from './temporal-errors.ts';
import { hasWorker } from './worker-presence.ts';

/** What of a schedule changes; what is absent stays. */
export type ScheduleChange = Partial<Pick<ScheduleInput, 'spec' | 'rules' | 'times' | 'reason'>>;

const policies = {
  overlap: ScheduleOverlapPolicy.BUFFER_ONE,
  // What an outage missed is caught up with; a run that comes too late sees that, and does nothing.
  catchupWindow: '365 days',
  // Of a run that fails, which is a fault of ours.
  pauseOnFailure: true,
} as const;

/** Makes a schedule; see `PolicyRolloutClient.createSchedule`. */
export async function createSchedule(access: TemporalAccess, input: ScheduleInput): Promise<void> {
  const { scheduleName } = input;
  requireFittingInput(input, 'schedule', scheduleName);
  await callSchedule(
    access,
    scheduleName,
    () =>
      access.client.schedule.create({
        scheduleId: scheduleId(scheduleName),
        spec: specOf(input.times),
        policies,
        state: { note: scheduleNote(input) },
        typedSearchAttributes: attributesOf(input),
        action: actionOf(input, access.taskQueue),
      }),
    input.times,
  );
}

/** Changes a schedule; see `PolicyRolloutClient.updateSchedule`. */
export async function updateSchedule(
  access: TemporalAccess,
  scheduleName: string,
  changes: ScheduleChange,
): Promise<void> {
  const handle = scheduleHandle(access, scheduleName);
  const { action, info } = await callSchedule(access, scheduleName, () => handle.describe());
  const since = changes.spec === undefined ? {} : { since: new Date().toISOString() };
  const input: ScheduleInput = { ...scheduleInputOf(action.args), ...changes, ...since };
  requireFittingInput(input, 'schedule', scheduleName);
  const note = scheduleNote({ ...input, outcome: await lastOutcome(access, info) });
  await callSchedule(
    access,
    scheduleName,
    () =>
      handle.update((current) => ({
        ...current,
        spec: changes.times === undefined ? current.spec : specOf(changes.times),
        // Why it is paused stays to be read.
        state: { ...current.state, note: current.state.paused ? (current.state.note ?? '') : note },
        typedSearchAttributes: attributesOf(input),
        action: actionOf(input, access.taskQueue),
      })),
    input.times,
  );
}

/** A run that was asked for. */
export interface TriggeredRun {
  /** Where the schedule has its runs done. */
  readonly taskQueue: string;
  /** False where the run waits until a worker polls the task queue. */
  readonly hasWorker: boolean;
}

/** Starts a run now, or after the one that is running; see `PolicyRolloutClient.triggerSchedule`. */
export async function triggerSchedule(access: TemporalAccess, scheduleName: string): Promise<TriggeredRun> {
  const handle = scheduleHandle(access, scheduleName);
  const { action } = await callSchedule(access, scheduleName, () => handle.describe());
  const { taskQueue } = action;
  await callSchedule(access, scheduleName, () => handle.trigger(ScheduleOverlapPolicy.BUFFER_ONE));
  return { taskQueue, hasWorker: await hasWorker({ ...access, taskQueue }) };
}

/** Starts nothing by itself any more; a run that is under way goes on. Returns whether it changed anything. */
export async function pauseSchedule(access: TemporalAccess, scheduleName: string, note: string): Promise<boolean> {
  const handle = scheduleHandle(access, scheduleName);
  const { state, action, info } = await callSchedule(access, scheduleName, () => handle.describe());
  if (state.paused) return false;
  const found = scheduleNote({ ...scheduleInputOf(action.args), outcome: await lastOutcome(access, info) });
  await callSchedule(access, scheduleName, () => handle.pause(`${found}; paused by ${note}`));
  return true;
}

/** Goes on with a schedule that is paused. Returns whether it changed anything. */
export async function resumeSchedule(access: TemporalAccess, scheduleName: string, note: string): Promise<boolean> {
  const handle = scheduleHandle(access, scheduleName);
  const { state, action, info } = await callSchedule(access, scheduleName, () => handle.describe());
  if (!state.paused) return false;
  const found = scheduleNote({ ...scheduleInputOf(action.args), outcome: await lastOutcome(access, info) });
  await callSchedule(access, scheduleName, () => handle.unpause(`${found}; ${note}`));
  return true;
}

/** How the newest run ended that has done anything; null where none is known. */
async function lastOutcome(access: TemporalAccess, { recentActions }: ScheduleDescription['info']) {
  const runs = await recentRuns(access, recentActions);
  return runs.map(({ outcome }) => outcome).find((outcome) => outcome !== null && outcome.kind !== 'covered') ?? null;
}

/** Forgets a schedule; a run that is under way goes on. */
export async function deleteSchedule(access: TemporalAccess, scheduleName: string): Promise<void> {
  const handle = scheduleHandle(access, scheduleName);
  await callSchedule(access, scheduleName, () => handle.delete());
}

/** The handle of a schedule. Throws `schedule-not-found` for what can be the name of none. */
export function scheduleHandle({ client }: TemporalAccess, scheduleName: string): ScheduleHandle {
  if (isRolloutName(scheduleName)) return client.schedule.getHandle(scheduleId(scheduleName));
  throw new AppError('schedule-not-found', `There is no schedule ${scheduleName}`, { item: scheduleName });
}

/** The input that a schedule keeps for its runs. Throws `schedule-not-found` where it is none of ours. */
export function scheduleInputOf(args: readonly unknown[] | undefined): ScheduleInput {
  const [input] = args ?? [];
  if (typeof input === 'object' && input !== null && 'scheduleName' in input) return input as ScheduleInput;
  throw new AppError('schedule-not-found', 'The schedule was not made by policy-rollout');
}

/** Makes a call about a schedule, with the errors that are about it; `times` are those that Temporal may refuse. */
export async function callSchedule<R>(
  { call }: TemporalAccess,
  scheduleName: string,
  make: () => Promise<R>,
  times: ScheduleTimes = {},
): Promise<R> {
  try {
    return await call(make);
  } catch (error) {
    throw refusalIn(scheduleName, error, times) ?? error;
  }
}

function refusalIn(item: string, error: unknown, times: ScheduleTimes): AppError | null {
  if (error instanceof ScheduleAlreadyRunning) {
    return new AppError('schedule-exists', `There is a schedule ${item} already`, { item });
  }
  if (error instanceof ScheduleNotFoundError) {
    return new AppError('schedule-not-found', `There is no schedule ${item}`, { item });
  }
  // The SDK refuses a calendar by itself, Temporal the rest.
  const problem = error instanceof TypeError || error instanceof RangeError ? error.message : argumentProblemIn(error);
  if (problem === null) return null;
  // What they say is about a field, and does not name it.
  const named = times.cron ?? JSON.stringify(times);
  return new AppError('schedule-times-invalid', `${named}: ${problem}`, { item, cause: error });
}

function specOf({ cron, intervalMs, calendar, timezone, jitterMs }: ScheduleTimes): ScheduleSpec {
  return {
    ...(cron === undefined ? {} : { cronExpressions: [cron] }),
    ...(intervalMs === undefined ? {} : { intervals: [{ every: intervalMs }] }),
    ...(calendar === undefined ? {} : { calendars: [calendar] }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(jitterMs === undefined ? {} : { jitter: jitterMs }),
  };
}

function attributesOf({ spec }: ScheduleInput) {
  return [{ key: rolloutNameAttribute, value: spec.rolloutName }];
}

function actionOf(input: ScheduleInput, taskQueue: string): ScheduleOptionsAction {
  const { scheduleName, spec, rules } = input;
  return {
    type: 'startWorkflow',
    workflowType: 'scheduledRollout',
    workflowId: scheduleId(scheduleName),
    taskQueue,
    args: [input],
    memo: { rolloutName: spec.rolloutName, manifestSha256: spec.manifestSha256, mode: rules.mode },
    typedSearchAttributes: attributesOf(input),
    staticSummary: `Keep the images of ${spec.rolloutName} shared: ${rules.mode}`,
  };
}

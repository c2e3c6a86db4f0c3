import type { Client } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleInput, ScheduleTimes } from '../contracts/schedule.ts';
import { rolloutNameAttribute } from '../contracts/search-attributes.ts';
import { scheduleId } from '../contracts/workflow-ids.ts';
import { AppError } from '../domain/errors.ts';
import type { TemporalAccess } from './connection.ts';
import { requireFittingInput } from './start.ts';

// What an outage missed is caught up by one run: BUFFER_ONE drops what comes while one waits.
const catchUpWindow = '24h';

/** Makes a schedule. Throws `schedule-exists`, `schedule-times-invalid`, `payload-too-large`. */
export async function createSchedule(
  { client, taskQueue, call }: TemporalAccess,
  input: ScheduleInput,
  times: ScheduleTimes,
): Promise<void> {
  const { scheduleName, spec, rules } = input;
  requireFittingInput(input, scheduleName);
  const { cron, intervalMs, timezone, jitterMs } = times;
  const typedSearchAttributes = [{ key: rolloutNameAttribute, value: spec.rolloutName }];
  const memo = { rolloutName: spec.rolloutName, manifestSha256: spec.manifestSha256, mode: rules.mode };
  try {
    await call(() =>
      client.schedule.create({
        scheduleId: scheduleId(scheduleName),
        spec: {
          ...(cron === undefined ? {} : { cronExpressions: [cron] }),
          ...(intervalMs === undefined ? {} : { intervals: [{ every: intervalMs }] }),
          ...(timezone === undefined ? {} : { timezone }),
          ...(jitterMs === undefined ? {} : { jitter: jitterMs }),
        },
        policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: catchUpWindow, pauseOnFailure: true },
        memo,
        typedSearchAttributes,
        action: {
          type: 'startWorkflow',
          workflowType: 'scheduledRollout',
          workflowId: scheduleId(scheduleName),
          taskQueue,
          args: [input],
          memo,
          typedSearchAttributes,
          staticSummary: `Keep the images of ${spec.rolloutName} shared: ${rules.mode}`,
        },
      }),
    );
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) {
      throw new AppError('schedule-exists', `There is a schedule ${scheduleName} already`, { item: scheduleName });
    }
    // What the server says against the times comes without a code.
    if (error instanceof TypeError) {
      throw new AppError('schedule-times-invalid', error.message, { item: scheduleName, cause: error });
    }
    throw error;
  }
}

/** Starts a run now, or after the one that is running. Throws `schedule-not-found`. */
export async function triggerSchedule({ client, call }: TemporalAccess, scheduleName: string): Promise<void> {
  try {
    await call(() => client.schedule.getHandle(scheduleId(scheduleName)).trigger(ScheduleOverlapPolicy.BUFFER_ONE));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new AppError('schedule-not-found', `There is no schedule ${scheduleName}`, { item: scheduleName });
  }
}

/** Pauses a schedule with a note; one that is gone is well. */
export async function pauseScheduleItself(client: Client, scheduleName: string, note: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId(scheduleName)).pause(note);
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

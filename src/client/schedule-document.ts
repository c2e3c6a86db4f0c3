import type { ListedSchedule, ScheduleDocument } from '../contracts/schedule.ts';
import { rolloutNameAttribute } from '../contracts/search-attributes.ts';
import { scheduleNameFrom } from '../contracts/workflow-ids.ts';
import type { TemporalAccess } from './connection.ts';
import { recentRuns } from './schedule-runs.ts';
import { callSchedule, scheduleHandle, scheduleInputOf } from './schedules.ts';

/** Everything about a schedule; see `PolicyRolloutClient.describeSchedule`. */
export async function describeSchedule(access: TemporalAccess, scheduleName: string): Promise<ScheduleDocument> {
  const handle = scheduleHandle(access, scheduleName);
  const { action, state, info } = await callSchedule(access, scheduleName, () => handle.describe());
  const { spec, scheduleName: name, ...input } = scheduleInputOf(action.args);
  return {
    formatVersion: 1,
    name,
    rolloutName: spec.rolloutName,
    manifestSha256: spec.manifestSha256,
    ...input,
    isPaused: state.paused,
    note: state.note ?? '',
    nextTimes: info.nextActionTimes.slice(0, 5).map((time) => time.toISOString()),
    runs: await recentRuns(access, info.recentActions),
  };
}

/** All schedules, or those of a rollout; a list may be a second late. */
export async function listSchedules(
  { client, call }: TemporalAccess,
  rolloutName?: string,
): Promise<readonly ListedSchedule[]> {
  const found: ListedSchedule[] = [];
  await call(async () => {
    // A name has no quotes in it.
    const query = rolloutName === undefined ? {} : { query: `${rolloutNameAttribute.name} = '${rolloutName}'` };
    for await (const { scheduleId: id, state, info, action } of client.schedule.list(query)) {
      const name = scheduleNameFrom(id);
      if (name === null || action?.workflowType !== 'scheduledRollout') continue;
      const nextTimes = info.nextActionTimes.map((time) => time.toISOString());
      found.push({ name, isPaused: state.paused, note: state.note ?? '', nextTimes });
    }
  });
  return found.sort((left, right) => left.name.localeCompare(right.name));
}

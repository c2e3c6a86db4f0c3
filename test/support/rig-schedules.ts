import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import type { PolicyRolloutClient } from '../../src/client.ts';
import type { RolloutSpec } from '../../src/contracts/rollout.ts';
import type { ScheduledRun, ScheduleDocument, ScheduleInput } from '../../src/contracts/schedule.ts';

/** A schedule whose time never comes: it runs when it is triggered. */
export function rigSchedule(spec: RolloutSpec, change: Partial<ScheduleInput> = {}): ScheduleInput {
  return {
    scheduleName: spec.rolloutName,
    spec,
    rules: { mode: 'share-new', isRegranting: false, maxChanges: 10 },
    times: { cron: '0 0 29 2 *' },
    createdBy: 'ann@host',
    since: new Date().toISOString(),
    ...change,
  };
}

/** Has a schedule run now, and gives the run when it has ended. */
export async function runNow(client: PolicyRolloutClient, scheduleName: string): Promise<ScheduledRun> {
  const { runs } = await client.describeSchedule(scheduleName);
  await client.triggerSchedule(scheduleName);
  const [run] = await untilRuns(client, scheduleName, runs.length + 1);
  if (run === undefined) throw new Error(`${scheduleName} has not run`);
  return run;
}

/** Waits until so many runs of a schedule have ended, and gives them, newest first. */
export function untilRuns(
  client: PolicyRolloutClient,
  scheduleName: string,
  count: number,
  timeoutMs = 60_000,
): Promise<readonly ScheduledRun[]> {
  return vi.waitFor(
    async () => {
      const { runs } = await client.describeSchedule(scheduleName);
      const ended = runs.filter(({ status }) => status !== 'RUNNING');
      if (ended.length < count) throw new Error(`${scheduleName} has had the runs ${JSON.stringify(runs)}`);
      return ended;
    },
    { timeout: timeoutMs, interval: 50 },
  );
}

/** Waits until a schedule is paused, and gives it. */
export function untilPaused(client: PolicyRolloutClient, scheduleName: string): Promise<ScheduleDocument> {
  return vi.waitFor(
    async () => {
      const schedule = await client.describeSchedule(scheduleName);
      if (!schedule.isPaused) throw new Error(`${scheduleName} goes on: ${schedule.note}`);
      return schedule;
    },
    { timeout: 30_000, interval: 50 },
  );
}

/** A digest as that of another manifest. */
export function otherManifest(spec: RolloutSpec): RolloutSpec {
  return { ...spec, manifestSha256: randomUUID() };
}

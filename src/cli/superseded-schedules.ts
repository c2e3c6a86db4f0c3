import type { PolicyRolloutClient } from '../client.ts';
import type { RolloutSpec } from '../contracts/rollout.ts';
import type { Session } from './session.ts';

/**
 * Tells of the schedules that keep another manifest for this rollout, since they pause themselves now, or gives them this
 * one. One that was made within the last second may be missed; it then pauses when it runs.
 */
export async function tendSchedules(
  { output }: Session,
  client: PolicyRolloutClient,
  spec: RolloutSpec,
  isUpdating: boolean,
): Promise<void> {
  const { rolloutName, manifestSha256 } = spec;
  for (const { name } of await client.schedules(rolloutName)) {
    const schedule = await client.describeSchedule(name);
    if (schedule.manifestSha256 === manifestSha256) continue;
    if (isUpdating) {
      await client.updateSchedule(name, { spec });
      const resume = schedule.isPaused ? `; it is paused, go on with: policy-rollout schedule resume ${name}` : '';
      output.note(`The schedule ${name} has this manifest now${resume}`);
    } else {
      const how = `policy-rollout schedule update ${name} MANIFEST, or apply with --update-schedule`;
      output.note(`The schedule ${name} keeps another manifest and will pause itself; give it this one with: ${how}`);
    }
  }
}

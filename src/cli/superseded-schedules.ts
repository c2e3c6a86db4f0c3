import type { PolicyRolloutClient } from '../client.ts';
import type { ScheduleDocument } from '../contracts/schedule.ts';
import type { RolloutSpec } from '../contracts/rollout.ts';
import type { RolloutState } from '../domain/image-state.ts';
import type { OnStatus } from './follow-rollout.ts';
import type { Session } from './session.ts';

/** Tells of the schedules that keep another manifest for a rollout, since they pause themselves when that has begun. */
export async function tellOfSchedules(
  { output }: Session,
  client: PolicyRolloutClient,
  spec: RolloutSpec,
): Promise<void> {
  for (const { name } of await schedulesWithAnother(client, spec)) {
    const how = `policy-rollout schedule update ${name} MANIFEST, or apply with --update-schedule`;
    const when = 'unless this rollout is refused';
    output.note(
      `The schedule ${name} keeps another manifest and will pause itself ${when}; give it this one with: ${how}`,
    );
  }
}

/** Gives the schedules of a rollout its manifest. */
async function updateSchedules({ output }: Session, client: PolicyRolloutClient, spec: RolloutSpec): Promise<void> {
  for (const { name, isPaused } of await schedulesWithAnother(client, spec)) {
    await client.updateSchedule(name, { spec });
    const resume = isPaused ? `; it is paused, go on with: policy-rollout schedule resume ${name}` : '';
    output.note(`The schedule ${name} has this manifest now${resume}`);
  }
}

/** One that was made within the last second may be missed; it then pauses when it runs. */
async function schedulesWithAnother(
  client: PolicyRolloutClient,
  { rolloutName, manifestSha256 }: RolloutSpec,
): Promise<readonly ScheduleDocument[]> {
  const schedules: ScheduleDocument[] = [];
  for (const { name } of await client.schedules(rolloutName)) schedules.push(await client.describeSchedule(name));
  return schedules.filter((schedule) => schedule.manifestSha256 !== manifestSha256);
}

/** Gives the schedules of a rollout its manifest when the rollout has begun, and says so where it never does. */
export interface ScheduleHandover {
  /** To be told where the rollout stands, again and again. */
  readonly see: OnStatus;
  /** Looks by itself until the rollout has begun, or ended. */
  readonly untilBegun: (runId: string, timeoutMs: number | undefined) => Promise<void>;
  /** To be called when nobody looks any more. */
  readonly leave: () => void;
}

// Of these nothing is to be kept up by a schedule: they were ended before they began, or as soon as they had.
const notBegun = new Set<RolloutState>(['REFUSED', 'FAILED', 'ABORTED']);

/** Hands the manifest of a rollout over to its schedules once: not before the rollout has begun to change images. */
export function scheduleHandover(session: Session, client: PolicyRolloutClient, spec: RolloutSpec): ScheduleHandover {
  const { rolloutName } = spec;
  let isDone = false;
  const see: OnStatus = async ({ state }) => {
    if (isDone || state === 'PLANNING' || notBegun.has(state)) return;
    isDone = true;
    await updateSchedules(session, client, spec);
  };
  return {
    see,
    untilBegun: async (runId, timeoutMs) => {
      const options = { runId, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
      for await (const status of client.follow(rolloutName, options)) {
        await see(status);
        if (status.state !== 'PLANNING') return;
      }
    },
    leave: () => {
      if (isDone) return;
      const how = 'policy-rollout schedule update NAME MANIFEST';
      const what = `The rollout ${rolloutName} was not seen to begin, so its schedules keep their manifest`;
      session.output.note(`${what}; give them this one with: ${how}`);
    },
  };
}

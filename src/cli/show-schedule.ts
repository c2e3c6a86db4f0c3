import type { PolicyRolloutClient } from '../client.ts';
import { renderSchedule } from './render/schedule.ts';
import type { Session } from './session.ts';

/** Shows a schedule as it stands now, as the result of a command. */
export async function showSchedule({ output }: Session, client: PolicyRolloutClient, name: string): Promise<void> {
  const schedule = await client.describeSchedule(name);
  output.result(renderSchedule(schedule), schedule);
}

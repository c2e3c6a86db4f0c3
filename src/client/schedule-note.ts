import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { ScheduleNotFoundError } from '@temporalio/client';
import { scheduleId } from '../contracts/workflow-ids.ts';

/** What a run has the page of its schedule say, and whether it pauses it. */
export interface NoteChange {
  readonly note: string;
  readonly isPausing: boolean;
  /** What the same run had it say when it paused it. */
  readonly replaces?: string;
}

/**
 * Has the page of a schedule say something, and may pause it. One that is gone, or that somebody has paused, stays as it
 * is: the note says why. One that somebody has resumed since the run paused it goes on. Where somebody changes it meanwhile, Temporal's error passes as it came, to be repeated.
 */
export async function noteSchedule(
  client: Client,
  scheduleName: string,
  { note, isPausing, replaces }: NoteChange,
): Promise<void> {
  const { namespace, identity } = client.schedule.options;
  const handle = client.schedule.getHandle(scheduleId(scheduleName));
  try {
    const { raw, state } = await handle.describe();
    if (state.paused && state.note !== replaces) return;
    const paused = replaces === undefined ? isPausing : state.paused;
    // The SDK's own `update` leaves the token away, and would undo what somebody has done since.
    await client.workflowService.updateSchedule({
      namespace,
      scheduleId: scheduleId(scheduleName),
      schedule: { ...raw.schedule, state: { ...raw.schedule?.state, notes: note, paused } },
      conflictToken: raw.conflictToken ?? null,
      identity,
      requestId: randomUUID(),
    });
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

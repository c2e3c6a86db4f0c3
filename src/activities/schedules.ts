import type { ScheduleActivities } from '../contracts/schedule.ts';
import { runStep } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';

/** The steps of scheduled runs that ask Temporal. */
export function scheduleActivities(dependencies: Dependencies): ScheduleActivities {
  return {
    /**
     * Tells which images rollouts of a name have been applied to.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: Temporal's own errors, which are repeated.
     * - Class: scan.
     */
    readApplied: ({ rolloutName }) => runStep(dependencies, [], () => dependencies.appliedImages(rolloutName)),

    /**
     * Pauses a schedule, with a note that says why.
     *
     * - Effect: the schedule starts nothing by itself any more.
     * - Repeat: harmless; the note is the same.
     * - Throws: Temporal's own errors, which are repeated. A schedule that was deleted meanwhile is well.
     * - Class: poll.
     */
    pauseSchedule: ({ scheduleName, note }) =>
      runStep(dependencies, [], () => dependencies.pauseSchedule(scheduleName, note)),
  };
}

import type { ScheduleActivities } from '../contracts/schedule.ts';
import { rolloutWorkflowId } from '../contracts/workflow-ids.ts';
import { imagesOf } from '../domain/image-set.ts';
import { scheduleStanding } from '../domain/schedule-standing.ts';
import { runStep } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';

/** The steps with which a run of a schedule begins and ends; they ask Temporal alone. */
export function scheduleActivities(dependencies: Dependencies): ScheduleActivities {
  return {
    /**
     * Tells how the schedule stands to the other rollouts of its name.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: Temporal's own errors, which are repeated.
     * - Class: scan.
     */
    beginScheduledRun: ({ rolloutName, ...manifest }) =>
      runStep(dependencies, [], async () => {
        // In this order: one that begins meanwhile is still seen to be running.
        const byHand = await dependencies.begunByHand(rolloutName);
        const isRunning = await dependencies.isWorkflowOpen(rolloutWorkflowId(rolloutName));
        return scheduleStanding({ byHand, isRunning }, manifest);
      }),

    /**
     * Pauses a schedule of which a run goes on, so that its page says why.
     *
     * - Effect: the note of the schedule; it starts nothing by itself any more.
     * - Repeat: harmless: a schedule that is paused stays as it is, and so does one that was deleted.
     * - Throws: Temporal's own errors, which are repeated.
     * - Class: scan.
     */
    pauseSchedule: ({ scheduleName, note }) =>
      runStep(dependencies, [], () => dependencies.noteSchedule(scheduleName, { note, isPausing: true })),

    /**
     * Holds images that flap, and tells the schedule how the run has ended.
     *
     * - Effect: the holds; the note of the schedule; with `isPausing` it starts nothing by itself any more.
     * - Repeat: harmless: the same hold under the same name changes nothing, and the note is the same.
     * - Throws: `holds-full` (never), Temporal's own errors, which are repeated. A schedule that was deleted meanwhile is well.
     * - Class: scan.
     */
    endScheduledRun: ({ scheduleName, flapping, ...change }) =>
      runStep(dependencies, [], async () => {
        for (const image of imagesOf(flapping)) await dependencies.holdFlapping(image, scheduleName);
        await dependencies.noteSchedule(scheduleName, change);
      }),
  };
}

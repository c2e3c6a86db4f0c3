import type { Activities } from '../contracts/activities.ts';
import { runStep } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';

/** The step that finds what a rollout has left behind. */
export function writtenActivities(dependencies: Dependencies): Pick<Activities, 'selectWritten'> {
  return {
    /**
     * Finds the images that an undo has to put back: those at which something of the rollout has stayed.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads histories, which do not change once the images have ended.
     * - Throws: Temporal's own errors, which are repeated.
     * - Class: scan. A rollout of 10,000 images has 50 histories to read.
     */
    selectWritten: ({ rolloutName, runId }) =>
      runStep(dependencies, [], () => dependencies.writtenImages(rolloutName, runId)),
  };
}

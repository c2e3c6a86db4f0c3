import type { Activities } from '../contracts/activities.ts';
import { AppError } from '../domain/errors.ts';
import { runStep } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';

/** The steps that find in histories what a rollout, or a batch of it, has left behind. */
export function writtenActivities(dependencies: Dependencies): Pick<Activities, 'selectWritten' | 'accountForBatch'> {
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

    /**
     * Finds out what the images of a batch that was ended from outside have come to. They finish or go back by themselves.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads histories.
     * - Throws: `image-locked` (an image is not at its end yet), and Temporal's own errors, which are repeated.
     * - Class: poll. One attempt reads the histories of the images that outlived the batch.
     */
    accountForBatch: (batch) =>
      runStep(dependencies, [], async () => {
        const end = await dependencies.batchEnd(batch);
        if (end.kind === 'ended') return end.account;
        throw new AppError('image-locked', `${end.workflowId} is open`, { item: end.workflowId });
      }),
  };
}

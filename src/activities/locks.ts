import type { Activities } from '../contracts/activities.ts';
import { AppError } from '../domain/errors.ts';
import { runStep } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';

/** The step that waits for an image which another workflow works on. */
export function lockActivities(dependencies: Dependencies): Pick<Activities, 'awaitUnlocked'> {
  return {
    /**
     * Ends when no workflow of the id is open.
     *
     * - Effect: none.
     * - Repeat: harmless, it only asks Temporal.
     * - Throws: `image-locked` (not yet).
     * - Class: poll. One question an attempt: waiting holds no slot and adds no events.
     */
    awaitUnlocked: ({ workflowId, isUrgent }) =>
      runStep(dependencies, [], async (attempt) => {
        // Its pauses do not grow.
        if (isUrgent) attempt.endStreaks('poll');
        if (!(await dependencies.isWorkflowOpen(workflowId))) return;
        throw new AppError('image-locked', `${workflowId} is open`, { item: workflowId });
      }),
  };
}

import { CancellationScope, condition, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { failuresSignal, lastRunningSignal } from '../contracts/messages.ts';
import { failureCount } from '../domain/image-state.ts';
import type { Batch } from './batch-state.ts';

// The last images of most batches have ended by then, and nothing needs to be told.
const slowAfterMs = 5_000;

// The root is told whichever run it is in: somebody may have reset it. Another rollout of its name knows no such batch.

/** Tells the root, which may have other batches stop. One signal is under way at a time; it says the number of that time. */
export async function reportFailures(batch: Batch): Promise<void> {
  if (batch.isReporting) return;
  batch.isReporting = true;
  const { root } = batch.input;
  const batchWorkflowId = workflowInfo().workflowId;
  let told = 0;
  await CancellationScope.nonCancellable(async () => {
    while (told < failureCount(batch.counts)) {
      told = failureCount(batch.counts);
      await getExternalWorkflowHandle(root.workflowId)
        .signal(failuresSignal, {
          batchWorkflowId,
          failureCount: told,
          compensationFailedCount: batch.counts.compensationFailed,
        })
        // A root that was terminated hears nothing any more.
        .catch(() => undefined);
    }
  });
  batch.isReporting = false;
}

/**
 * Tells the root how few lanes the last images need, so that slow ones hold nobody up. Not where it is STRICT: a lane may
 * go to another batch only when the root has counted every failure.
 */
export async function tellLastRunning(batch: Batch): Promise<void> {
  const { root } = batch.input;
  if (batch.limit.countedFailures !== undefined) return;
  // An image that waits without a lane will need one.
  const lastRunning = (): number => batch.counts.running + batch.counts.pending;
  await CancellationScope.nonCancellable(async () => {
    await condition(() => batch.hasEnded, slowAfterMs);
    while (!batch.hasEnded) {
      const told = lastRunning();
      await getExternalWorkflowHandle(root.workflowId)
        .signal(lastRunningSignal, { batchWorkflowId: workflowInfo().workflowId, lastRunning: told })
        // A root that was terminated hears nothing any more.
        .catch(() => undefined);
      await condition(() => batch.hasEnded || lastRunning() <= told / 2);
    }
  });
}

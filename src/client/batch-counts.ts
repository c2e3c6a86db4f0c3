import type { RolloutStatus } from '../contracts/rollout.ts';
import { pendingCounts, sumCounts } from '../domain/image-state.ts';
import type { ImageCounts } from '../domain/image-state.ts';

/**
 * What a root and its open batches know together. The root learns the counts of a batch when it ends; until then it has the
 * batch's images as running or pending, and each batch answers for its own. The counts still add up to the root's total.
 */
export function withOpenBatches(root: RolloutStatus, batches: readonly RolloutStatus[]): RolloutStatus {
  const failures = [root, ...batches].flatMap((status) => status.failures);
  return {
    ...root,
    counts: batches.reduce((counts, batch) => replaceOpen(counts, batch.counts), root.counts),
    failures: [...new Map(failures.map((failure) => [failure.imageArn, failure])).values()],
  };
}

function replaceOpen(counts: ImageCounts, batch: ImageCounts): ImageCounts {
  const fromRunning = Math.min(counts.running, batch.total);
  const fromPending = batch.total - fromRunning;
  // A batch that the root has counted already, because it ended between the two questions.
  if (fromPending > counts.pending) return counts;
  const others = { ...counts, running: counts.running - fromRunning, pending: counts.pending - fromPending };
  return { ...sumCounts([pendingCounts(0), others, batch]), total: counts.total };
}

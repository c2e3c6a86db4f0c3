import type { RolloutStatus } from '../contracts/rollout.ts';
import { sumCounts } from '../domain/image-state.ts';
import type { ImageCounts } from '../domain/image-state.ts';

/**
 * What a root and its open batches know together. The root learns the counts of a batch when it ends; until then it has the
 * batch's images as running or pending, and each batch answers for its own. The counts still add up to the root's total.
 */
export function withOpenBatches(root: RolloutStatus, batches: readonly RolloutStatus[]): RolloutStatus {
  const failures = [root, ...batches].flatMap((status) => status.failures);
  const open = sumCounts(batches.map(({ counts }) => counts));
  // The root has counted one of them already.
  const isCounted = open.total > root.counts.running + root.counts.pending;
  return {
    ...root,
    counts: isCounted ? root.counts : replaceOpen(root.counts, open),
    throttledCount: (isCounted ? [root] : [root, ...batches]).reduce((sum, one) => sum + one.throttledCount, 0),
    failures: [...new Map(failures.map((failure) => [failure.imageArn, failure])).values()],
  };
}

function replaceOpen(root: ImageCounts, batches: ImageCounts): ImageCounts {
  const fromRunning = Math.min(root.running, batches.total);
  const fromPending = batches.total - fromRunning;
  const others = { ...root, running: root.running - fromRunning, pending: root.pending - fromPending };
  return { ...sumCounts([others, batches]), total: root.total };
}

import type { RolloutStatus } from '../contracts/rollout.ts';
import { waveNameFrom } from '../contracts/workflow-ids.ts';
import { sumCounts } from '../domain/image-state.ts';
import type { ImageCounts } from '../domain/image-state.ts';
import { mostThrottledOfRollout, worstThrottled } from '../domain/throttled.ts';

/** What a batch answers that its root has as open. */
export interface OpenBatch {
  readonly workflowId: string;
  readonly status: RolloutStatus;
}

/**
 * What a root and its open batches know together. The root learns the counts of a batch when it ends; until then it has the
 * batch's images as running or pending, and each batch answers for its own. The counts still add up to the root's total,
 * in each wave and as a whole.
 */
export function withOpenBatches(root: RolloutStatus, batches: readonly OpenBatch[]): RolloutStatus {
  const statuses = batches.map(({ status }) => status);
  const failures = [root, ...statuses].flatMap((status) => status.failures);
  // The root has counted one of them already.
  const isCounted = !fits(root.counts, sumCounts(statuses.map(({ counts }) => counts)));
  const apart = isCounted ? [root] : [root, ...statuses];
  return {
    ...root,
    counts: withOpen(root.counts, batches),
    waves: root.waves.map((wave) => ({
      ...wave,
      counts: withOpen(
        wave.counts,
        batches.filter(({ workflowId }) => waveNameFrom(workflowId) === wave.name),
      ),
    })),
    throttledCount: apart.reduce((sum, one) => sum + one.throttledCount, 0),
    throttled: worstThrottled(
      apart.flatMap(({ throttled = [] }) => throttled),
      mostThrottledOfRollout,
    ),
    failures: [...new Map(failures.map((failure) => [failure.imageArn, failure])).values()],
  };
}

function withOpen(counts: ImageCounts, batches: readonly OpenBatch[]): ImageCounts {
  const open = sumCounts(batches.map(({ status }) => status.counts));
  return fits(counts, open) ? replaceOpen(counts, open) : counts;
}

function fits({ running, pending }: ImageCounts, open: ImageCounts): boolean {
  return open.total <= running + pending;
}

function replaceOpen(root: ImageCounts, batches: ImageCounts): ImageCounts {
  const fromRunning = Math.min(root.running, batches.total);
  const fromPending = batches.total - fromRunning;
  const others = { ...root, running: root.running - fromRunning, pending: root.pending - fromPending };
  return { ...sumCounts([others, batches]), total: root.total };
}

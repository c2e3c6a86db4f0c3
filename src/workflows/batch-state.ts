import { condition } from '@temporalio/workflow';
import type { BatchInput } from '../contracts/batch.ts';
import type { EndedImage } from '../contracts/ledger.ts';
import type { BatchLimit } from '../contracts/messages.ts';
import type { FailureSummary, RolloutStatus } from '../contracts/rollout.ts';
import type { ImageArn } from '../domain/arn.ts';
import { imagesOf } from '../domain/image-set.ts';
import type { ImageCounts } from '../domain/image-state.ts';
import { failureCount, moveCounts, pendingCounts } from '../domain/image-state.ts';
import type { ThrottledCalls } from '../domain/throttled.ts';
import { throttledField } from '../domain/throttled.ts';

/** A batch at work. */
export interface Batch {
  readonly input: BatchInput;
  readonly images: readonly ImageArn[];
  limit: BatchLimit;
  counts: ImageCounts;
  failures: readonly FailureSummary[];
  throttledCount: number;
  throttled: readonly ThrottledCalls[];
  readonly ended: EndedImage[];
  readonly unchanged: ImageArn[];
  readonly unsettled: ImageArn[];
  isReporting: boolean;
  /** Everything that was started has ended. */
  hasEnded: boolean;
}

/** A batch of which nothing is known but its input. */
export function newBatch(input: BatchInput): Batch {
  const images = imagesOf(input.images);
  return {
    input,
    images,
    limit: input.limit,
    counts: pendingCounts(images.length),
    failures: [],
    throttledCount: 0,
    throttled: [],
    ended: [],
    unchanged: [],
    unsettled: [],
    isReporting: false,
    hasEnded: false,
  };
}

/** Where a batch stands. */
export function statusOf(batch: Batch): RolloutStatus {
  const { input, counts, failures, throttledCount, throttled } = batch;
  const state = isStopped(batch) ? 'STOPPING' : 'RUNNING';
  const nothing = { openBatches: [], awaits: null, waves: [], effective: null, messages: [] };
  const seen = { counts, failures, throttledCount, ...throttledField(throttled) };
  return { rolloutName: input.rolloutName, state, ...seen, ...nothing };
}

/**
 * Waits for a free lane and gives it to an image; false where nothing may start any more. Past its failure budget a batch
 * starts nothing, but leaves it to the root to stop: that may have been told of a higher tolerance before it heard of the
 * failures.
 */
export async function takeLane(batch: Batch): Promise<boolean> {
  const isFree = (): boolean => !isStopped(batch) && batch.counts.running < lanesOf(batch);
  // Several who wait may be woken for one lane.
  do await condition(() => isFree() || batch.limit.isStopped);
  while (!isFree() && !batch.limit.isStopped);
  if (batch.limit.isStopped) return false;
  batch.counts = moveCounts(batch.counts, 'PENDING', 'RUNNING');
  return true;
}

/** Gives the lane of an image back that has yet to run. */
export function leaveLane(batch: Batch): void {
  batch.counts = moveCounts(batch.counts, 'RUNNING', 'PENDING');
}

/** STRICT: a failure that the root has not counted takes a lane, before anybody is told. */
function lanesOf({ limit: { lanes, countedFailures }, counts }: Batch): number {
  return countedFailures === undefined ? lanes : lanes - (failureCount(counts) - countedFailures);
}

function isStopped({ limit, counts }: Batch): boolean {
  return limit.isStopped || failureCount(counts) > limit.failureBudget;
}

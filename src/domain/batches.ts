import type { ImageArn } from './arn.ts';
import { chunksOf } from './chunks.ts';
import type { ConcurrencyMode } from './strategy.ts';

// The history of a batch stays below 2,000 events.
const mostImagesPerBatch = 200;

/** So many failures of a batch are told of; the others are in the images' own histories. */
export const mostFailuresOfBatch = 5;

/** So many failures of a rollout are told of without its report. */
export const mostFailures = 20;

/** What is told of a failure is cut here, in characters. */
export const longestFailureDetail = 300;

// Each open batch has a share of the lanes; more of them gain nothing.
const mostOpenBatches = 4;

/** Cuts the images of a wave into batches, in their order. Every image is in exactly one batch. */
export function planBatches(images: readonly ImageArn[]): readonly (readonly ImageArn[])[] {
  return chunksOf(images, mostImagesPerBatch);
}

/**
 * How many batches are open at once. STRICT has one: lanes that go from one batch to another are in use by both for the
 * time of a signal, and more would be in flight than may fail.
 */
export function openBatchCount(
  {
    maxConcurrentCount,
    concurrencyMode,
  }: { readonly maxConcurrentCount: number; readonly concurrencyMode: ConcurrencyMode },
  batchCount: number,
): number {
  const most = concurrencyMode === 'STRICT_FAILURE_TOLERANCE' ? 1 : Math.min(mostOpenBatches, maxConcurrentCount);
  return Math.min(most, batchCount);
}

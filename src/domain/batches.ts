import type { ImageArn } from './arn.ts';
import { partitionOf } from './image-set.ts';

/** Most images of a batch: its history stays below 2,000 events. */
export const mostImagesPerBatch = 200;

/** Most batches that are open at once: each has a share of the lanes. */
export const mostOpenBatches = 4;

/**
 * Deals images round over their partitions, so that a batch keeps the rate limits of all accounts and Regions busy, and
 * cuts them into batches. Every image is in exactly one batch.
 */
export function planBatches(images: readonly ImageArn[]): readonly (readonly ImageArn[])[] {
  const dealt = dealOverPartitions(images);
  return Array.from({ length: Math.ceil(dealt.length / mostImagesPerBatch) }, (_, index) =>
    dealt.slice(index * mostImagesPerBatch, (index + 1) * mostImagesPerBatch),
  );
}

function dealOverPartitions(images: readonly ImageArn[]): readonly ImageArn[] {
  const partitions = new Map<string, ImageArn[]>();
  for (const image of images) {
    const key = partitionOf(image);
    const known = partitions.get(key);
    if (known === undefined) partitions.set(key, [image]);
    else known.push(image);
  }
  const longest = Math.max(0, ...[...partitions.values()].map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) =>
    [...partitions.values()].flatMap((own) => own[round] ?? []),
  ).flat();
}

import type { RolloutReport } from '../contracts/report.ts';
import { parseImageArn } from '../domain/arn.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { compactImageSet } from '../domain/image-set.ts';
import type { ImageState } from '../domain/image-state.ts';

// In these states something of the rollout stays at the image; in the others nothing was written, or it is back.
const writtenStates: ReadonlySet<ImageState> = new Set(['SUCCEEDED', 'INCONCLUSIVE', 'FAILED', 'COMPENSATION_FAILED']);

/** The images at which something of a rollout has stayed. */
export function writtenImages({ images }: Pick<RolloutReport, 'images'>): CompactImageSet {
  const written = images.filter(({ state, requestIds }) => writtenStates.has(state) && requestIds.length > 0);
  return compactImageSet(written.map(({ imageArn }) => parseImageArn(imageArn)));
}

import type { BatchAccount, BatchOutcome, CutOffBatch } from '../contracts/batch.ts';
import type { ReportedImage } from '../contracts/report.ts';
import { longestFailureDetail, mostFailuresOfBatch } from '../domain/batches.ts';
import type { ImageArn } from '../domain/arn.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import { countImages, hasFailed, isFinal } from '../domain/image-state.ts';
import type { FinalImageState, ImageState } from '../domain/image-state.ts';
import { mostThrottledOfRollout, throttledField, worstThrottled } from '../domain/throttled.ts';
import { readBatch } from './batch-history.ts';
import { Evidence } from './evidence.ts';
import type { HistoryAccess } from './kept-history.ts';
import { writtenImages } from './written-images.ts';

/** What has become of a batch that was ended from outside, or which of its images is still open. */
export type BatchEnd =
  { readonly kind: 'open'; readonly workflowId: string } | { readonly kind: 'ended'; readonly account: BatchAccount };

/** An image whose state does not change any more. */
type Ended = Omit<ReportedImage, 'state'> & { readonly image: ImageArn; readonly state: FinalImageState };

/**
 * Accounts for a batch that was ended from outside, out of its history and those of the images that outlived it: as the
 * report does, so both come to the same.
 */
export async function batchEnd(
  access: HistoryAccess,
  { workflowId, images, onConflict }: CutOffBatch,
): Promise<BatchEnd> {
  const all = imagesOf(images);
  const batch = await readBatch(access, workflowId, () => ({ images: all, outcome: null }));
  const open = batch.outliving.find(({ events }) => !events.some(({ kind }) => kind === 'ended'));
  if (open !== undefined) return { kind: 'open', workflowId: open.workflowId };
  const evidence = new Evidence({ images: all, waves: [] }, onConflict);
  evidence.readBatch(batch, null);
  const ended = all.flatMap((image): readonly Ended[] => {
    const { state, ...reported } = evidence.of(image, { state: 'COMPLETED_WITH_FAILURES', error: undefined });
    return isFinal(state) ? [{ ...reported, image, state }] : [];
  });
  const written = new Set(imagesOf(writtenImages([{ batches: [batch] }])));
  return { kind: 'ended', account: accountOf(ended, written) };
}

function accountOf(ended: readonly Ended[], written: ReadonlySet<ImageArn>): BatchAccount {
  return {
    outcome: outcomeOf(ended),
    ended: ended.map(({ image, state, shareArns }) => ({ image, state, shareArns, hasWritten: written.has(image) })),
  };
}

function outcomeOf(ended: readonly Ended[]): BatchOutcome {
  const inState = (isSo: (state: ImageState) => boolean) =>
    compactImageSet(ended.filter(({ state }) => isSo(state)).map(({ image }) => image));
  const failures = ended.flatMap(({ imageArn, state, error }) =>
    hasFailed(state) && error !== undefined
      ? [{ imageArn, code: error.code, detail: error.detail.slice(0, longestFailureDetail) }]
      : [],
  );
  return {
    counts: countImages(ended.map(({ state }) => state)),
    failures: failures.slice(0, mostFailuresOfBatch),
    throttledCount: ended.reduce((sum, { throttledCount = 0 }) => sum + throttledCount, 0),
    ...throttledField(
      worstThrottled(
        ended.flatMap(({ throttled = [] }) => throttled),
        mostThrottledOfRollout,
      ),
    ),
    unchanged: inState((state) => state === 'UNCHANGED'),
    unsettled: inState((state) => state !== 'SUCCEEDED' && state !== 'UNCHANGED'),
  };
}

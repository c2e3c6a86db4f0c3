import type { CompactImageSet } from '../domain/image-set.ts';
import type { ImageCounts } from '../domain/image-state.ts';
import type { ThrottledCalls } from '../domain/throttled.ts';
import type { EndedImage } from './ledger.ts';
import type { Earlier, ImageOptions, PolicyReference } from './image.ts';
import type { BatchLimit } from './messages.ts';
import type { FailureSummary, OnConflict } from './rollout.ts';

/** Input of `rolloutBatch`. */
export interface BatchInput {
  readonly rolloutName: string;
  readonly waveName: string;
  readonly images: CompactImageSet;
  readonly policy: PolicyReference;
  readonly options: ImageOptions;
  readonly earlier?: Earlier;
  readonly onConflict: OnConflict;
  readonly limit: BatchLimit;
  readonly manifestSha256: string;
  /** The rollout that started the batch. */
  readonly root: { readonly workflowId: string; readonly runId: string };
}

/** Result of `rolloutBatch`: numbers and at most 5 failures; evidence stays in the images' own histories. */
export interface BatchOutcome {
  readonly counts: ImageCounts;
  readonly failures: readonly FailureSummary[];
  /** Calls that AWS throttled. */
  readonly throttledCount: number;
  /** Which these were, the worst 10 operations first; absent where AWS took all calls. */
  readonly throttled?: readonly ThrottledCalls[];
  /** Images that were in sync when their turn came: few, since the root had seen that they were not. */
  readonly unchanged: CompactImageSet;
  /** Images that are neither SUCCEEDED nor UNCHANGED. */
  readonly unsettled: CompactImageSet;
}

/** A batch that was ended from outside, or failed: it has no outcome. */
export interface CutOffBatch {
  readonly workflowId: string;
  readonly images: CompactImageSet;
  readonly onConflict: OnConflict;
}

/** What its images have come to all the same. */
export interface BatchAccount {
  readonly outcome: BatchOutcome;
  readonly ended: readonly EndedImage[];
}

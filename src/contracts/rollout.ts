import type { CompactImageSet } from '../domain/image-set.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { ImageCounts, RolloutState } from '../domain/image-state.ts';
import type { ImageOptions } from './image.ts';

/** What is done where another workflow already works on an image. */
export type OnConflict = 'wait' | 'skip' | 'fail';

/** How many images are worked on at once, and how many may fail. */
export interface Strategy {
  readonly maxConcurrentCount: number;
  /** Nothing new starts once more images than this have failed. */
  readonly failureToleranceCount: number;
  readonly onConflict: OnConflict;
}

/** Limits of the manifest: they protect against mistakes; the worker's own limits protect against people. */
export interface Guardrails {
  /** Accounts that may be granted access; absent means any. */
  readonly allowedAccounts?: readonly string[];
  readonly allowedOrganizations?: readonly string[];
  readonly allowWildcardPrincipal: boolean;
  readonly maxImages: number;
}

/** A manifest in the form that the engine takes: checked, complete, every image named. */
export interface RolloutSpec {
  readonly rolloutName: string;
  /** Policy document with `${imageArn}` for the image's own ARN; null means that nobody is wanted. */
  readonly policyTemplate: string | null;
  /** SHA-256 of the template, of the empty text where it is null; a workflow cannot compute it. */
  readonly policySha256: string;
  readonly images: CompactImageSet;
  readonly guardrails: Guardrails;
  readonly strategy: Strategy;
  readonly options: ImageOptions;
  /** SHA-256 of the manifest's text and of the files it names. */
  readonly manifestSha256: string;
}

/** Who started a rollout and why; kept in the history and in the report. */
export interface RolloutOrigin {
  readonly startedBy: string;
  readonly reason?: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** BLOCKED images end SKIPPED instead of refusing the rollout. */
  readonly isSkippingBlocked: boolean;
}

/** Input of `rolloutImages`. */
export interface RolloutInput {
  readonly spec: RolloutSpec;
  readonly origin: RolloutOrigin;
}

/** A failed image as the root and the batches know it; evidence stays in the image's own history. */
export interface FailureSummary {
  readonly imageArn: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

/** What the root and its batches answer to the query `status`. */
export interface RolloutStatus {
  readonly rolloutName: string;
  readonly state: RolloutState;
  readonly counts: ImageCounts;
  /** The first failures, at most 5 per batch. */
  readonly failures: readonly FailureSummary[];
  /** Batches that are open, for whoever wants the counts of this moment. */
  readonly openBatches: readonly string[];
  /** What the rollout waits for, and the command that answers it. */
  readonly awaits: string | null;
}

/** Result of `rolloutImages`. */
export interface RolloutOutcome {
  readonly state: RolloutState;
  readonly counts: ImageCounts;
  readonly failures: readonly FailureSummary[];
  /** SHA-256 of the file of limits that the worker had; null where it had none. */
  readonly limitsSha256: string | null;
}

import type { ImageDrift } from '../domain/drift.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { ImageChange } from '../domain/image-change.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { Repeats } from '../domain/selection.ts';
import type { EffectivePace } from '../domain/strategy.ts';
import type { ImageSight } from '../domain/visibility.ts';
import type { Revocation, RolloutError, RolloutOrigin, RolloutSpec } from './rollout.ts';

/** What a look is taken for: what would change, what has changed, who sees the images, or what a schedule may change. */
export type LookPurpose = 'plan' | 'drift' | 'verify' | 'schedule';

/** Input of `planRollout`. */
export interface PlanInput {
  readonly purpose: LookPurpose;
  readonly spec: RolloutSpec;
  readonly origin: RolloutOrigin;
  /** Instead of the policy of the spec. */
  readonly revocation?: Revocation;
}

/** What was found of one image. Numbers point into the lists of the {@link Description}, since most images are alike. */
export interface DescribedImage {
  readonly image: ImageArn;
  readonly action: 'CHANGE' | 'UNCHANGED' | 'BLOCKED';
  /** Why it is BLOCKED. */
  readonly code?: ErrorCode;
  readonly detail?: string;
  /** Another rollout works on it, and this one would wait for its end. */
  readonly isAwaited?: true;
  /** Says whether anything about the access has changed since; null where it could not be read. */
  readonly fingerprint: string | null;
  readonly change?: number;
  readonly drift?: number;
  /** It was written to, and nobody has proven what it was left with; absent where that is known, or it is new. */
  readonly isUnproven?: true;
  /** It was last put back by an undo. */
  readonly isUndone?: true;
  /** What was last applied to it is not what is wanted now. */
  readonly isManifestChanged?: true;
  readonly sight?: number;
  /** Where the waves ask for them. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Result of `describeImages`. */
export interface Description {
  readonly images: readonly DescribedImage[];
  /** Each once. */
  readonly changes: readonly ImageChange[];
  readonly drifts: readonly ImageDrift[];
  readonly sights: readonly ImageSight[];
  /** Images that did not fit into the result. */
  readonly rest: CompactImageSet;
  /** SHA-256 of the file of limits of the worker; null where it has none. */
  readonly limitsSha256: string | null;
}

/** What is left of two small quotas of an account in a Region. */
export interface QuotaUse {
  /** `<account>/<region>`. */
  readonly partition: string;
  readonly customerPermissions: { readonly used: number; readonly most: number; readonly wanted: number };
  readonly pendingInvitations: { readonly used: number; readonly most: number };
}

/** Result of `planRollout`; what was found of each image stands in the results of `describeImages`. */
export interface PlanOutcome {
  readonly counts: { readonly change: number; readonly unchanged: number; readonly blocked: number };
  /** Null where nothing was looked at. */
  readonly effective: EffectivePace | null;
  readonly waves: readonly { readonly name: string; readonly images: CompactImageSet }[];
  readonly quotas: readonly QuotaUse[];
  /** Accounts and Regions that are too many to read their quotas; absent where all were read. */
  readonly unreadQuotaCount?: number;
  readonly limitsSha256: string | null;
  /** Absent where no image was named or found again. */
  readonly repeats?: Repeats;
  /** Why nothing, or not everything, could be looked at; or why the rollout would be refused as a whole. */
  readonly error?: RolloutError;
}

import type { ImageArn } from '../domain/arn.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { FinalImageState } from '../domain/image-state.ts';
import type { RateLimits } from '../domain/rate-limits.ts';
import type { ForeignShares, OnNotVisible } from '../domain/situation.ts';
import type { Residue } from '../domain/step.ts';
import type { ThrottledCalls } from '../domain/throttled.ts';
import type { Timing } from '../domain/timing.ts';
import type { Visibility } from '../domain/visibility.ts';

/** An IAM role that the worker assumes in an account. */
export interface RoleReference {
  readonly roleArn: string;
}

/** How images are rolled out; the same for all images of a rollout. */
export interface ImageOptions {
  readonly foreignShares: ForeignShares;
  readonly onNotVisible: OnNotVisible;
  /** By owner account. */
  readonly ownerRoles: Readonly<Record<string, RoleReference>>;
  /** By consumer account: roles with which visibility is proven from the other side. */
  readonly consumerRoles: Readonly<Record<string, RoleReference>>;
  /** Caps of the calls to AWS; absent where there are none. */
  readonly rateLimits?: RateLimits;
  /** What differs from the defaults; see `timingOf`. Every event of an image carries it. */
  readonly timing: Partial<Timing>;
  /** Holds were set aside for this rollout; absent means that they stand. */
  readonly areHoldsOverridden?: true;
  /** Overtakes the other rollouts, at AWS and in Temporal, and is not bound by their caps: a revocation; absent for others. */
  readonly isUrgent?: true;
}

/** Where an activity finds the policy template: in the workflow that carries it, by hash, or inline for a single image. */
export type TemplateReference =
  | { readonly sha256: string; readonly workflowId: string; readonly runId: string }
  | { readonly sha256: string; readonly template: string | null };

/** What is wanted of an image: what a policy says, or what it gives already without one principal. */
export type PolicyReference = TemplateReference | { readonly withoutPrincipal: string };

/** Where activities find baselines that came from a file: each image in one of the chunks, by the hash of its ARN. */
export interface BaselinesReference {
  /** What the workflow ids of the chunks begin with. */
  readonly workflowIdPrefix: string;
  readonly chunkCount: number;
}

/**
 * Earlier transactions of the image, which its histories tell of: a redrive keeps the first baseline, an undo goes back
 * to it.
 */
export interface Earlier {
  readonly kind: 'redrive' | 'undo';
  /** The rollout that they belong to. */
  readonly rolloutName: string;
  /** When that rollout first started, as ISO text. */
  readonly since: string;
  /** Where a file tells of them instead. */
  readonly baselines?: BaselinesReference;
}

/** Input of `rolloutImage`. */
export interface ImageInput {
  readonly image: ImageArn;
  readonly rolloutName: string;
  /** For an undo, the policy that is undone. */
  readonly policy: PolicyReference;
  readonly options: ImageOptions;
  readonly earlier?: Earlier;
  /** Another workflow has just let go of the image, so AWS may not show its last write yet. */
  readonly hasWaited?: true;
  /** Why, where somebody said so for an image alone. */
  readonly reason?: string;
}

/** Why an image did not succeed. */
export interface ImageError {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId?: string;
}

/** Result of `rolloutImage`, and details of its failure: without the baseline, at most 1.5 KB and the runbook. */
export interface ImageOutcome {
  readonly imageArn: string;
  readonly state: FinalImageState;
  readonly grantsSha256: { readonly before: string | null; readonly after: string | null };
  readonly shareArns: readonly string[];
  /** Whether anything was written; a write without an answer counts, because it may have taken effect. */
  readonly hasWritten: boolean;
  /** Of the writes that were answered. */
  readonly requestIds: readonly string[];
  /** At most 16, those who do not see the image first; all verdicts are in the result of `verifyVisibility`. */
  readonly visibility: readonly Visibility[];
  /** How many verdicts there are, where not all are here: the others are no worse than the last of these. */
  readonly visibilityCount?: number;
  readonly residue?: readonly Residue[];
  /** Calls that AWS throttled; absent where it took them all. */
  readonly throttledCount?: number;
  /** Which these were, the worst operations first. */
  readonly throttled?: readonly ThrottledCalls[];
  readonly runbook?: string;
  readonly error?: ImageError;
}

import type { CompactImageSet } from '../domain/image-set.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { ImageCounts, RolloutState } from '../domain/image-state.ts';
import type { Guardrails, OverridableGuardrail } from '../domain/guardrails.ts';
import type { AccountNames } from '../domain/principal.ts';
import type { RateLimits } from '../domain/rate-limits.ts';
import type { EffectivePace, Pace } from '../domain/strategy.ts';
import type { ThrottledCalls } from '../domain/throttled.ts';
import type { OwnTolerance, WaveSpec } from '../domain/waves.ts';
import type { BaselinesReference, ImageOptions } from './image.ts';
import type { RecordedMessage } from './requests.ts';

/** What is done where another workflow already works on an image. */
export type OnConflict = 'wait' | 'skip' | 'fail';

/** In what order, how many at once, and how many may fail. */
export interface Strategy extends Pace {
  /** At least one; the last one takes the rest. */
  readonly waves: readonly WaveSpec[];
  readonly onConflict: OnConflict;
}

/** Images that are looked for when the rollout starts: AVAILABLE builds that pass every filter. */
export interface Selection {
  readonly account: string;
  readonly regions: readonly string[];
  readonly partition: string;
  /** Pattern of image names. */
  readonly name: string;
  /** `latest`, `all`, or a pattern such as `1.x.x`. */
  readonly version: string;
  readonly build: 'latest' | 'all';
  /** Younger builds are left alone. */
  readonly minAgeMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** A manifest in the form that the engine takes: checked, complete, every image named. */
export interface RolloutSpec {
  readonly rolloutName: string;
  /** Policy document with `${imageArn}` for the image's own ARN; null means that nobody is wanted. */
  readonly policyTemplate: string | null;
  /** SHA-256 of the template, of the empty text where it is null; a workflow cannot compute it. */
  readonly policySha256: string;
  /** Images that the manifest names. */
  readonly images: CompactImageSet;
  readonly selections: readonly Selection[];
  /** Patterns of image ARNs that are left out of what the selections find. */
  readonly exclude: readonly string[];
  readonly guardrails: Guardrails;
  readonly strategy: Strategy;
  readonly options: ImageOptions;
  /** What people call accounts, by id; absent where the manifest names none. */
  readonly accountNames?: AccountNames;
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
  /** Whether a selection that finds nothing is well. */
  readonly isEmptyAllowed: boolean;
  /** Accounts outside the organisation may lose access that they had accepted; absent means that they may not. */
  readonly isIrreversibleAllowed?: boolean;
  /** Guardrails that were set aside; the reason is the origin's. */
  readonly overrides: readonly OverridableGuardrail[];
}

/** An earlier run of a rollout that is gone on with. */
export interface Redrive {
  /** How often the rollout was redriven, this time included. */
  readonly count: number;
  /** The run whose results are kept, for all images that are not in this one. */
  readonly previousRunId: string;
  /** When the rollout first started, as ISO text. */
  readonly since: string;
  /** Counts of the images that are not in this run. */
  readonly keptCounts: ImageCounts;
}

/** A finished rollout that is undone. */
export interface Undo {
  readonly rolloutName: string;
  readonly since: string;
  /** Baselines that came from a file; absent where the histories have them. */
  readonly baselines?: BaselinesReference;
}

/** A principal whose access is taken away, whatever else the images give. */
export interface Revocation {
  /** In canonical form. */
  readonly principal: string;
}

/** A plan that a rollout carries out. */
export interface PlannedBase {
  /** SHA-256 of the plan. */
  readonly planSha256: string;
  /** Fingerprints of the images of the spec, in their order, as the plan saw them; empty where it could not look. */
  readonly fingerprints: readonly string[];
  /** Images that have changed since are decided on anew, instead of being left alone. */
  readonly isReplanning: boolean;
}

/** Input of `rolloutImages`. */
export interface RolloutInput {
  readonly spec: RolloutSpec;
  readonly origin: RolloutOrigin;
  readonly redrive?: Redrive;
  readonly undo?: Undo;
  /** Instead of the policy of the spec. */
  readonly revocation?: Revocation;
  readonly plan?: PlannedBase;
}

/** Why a rollout ended early. */
export interface RolloutError {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** What a rollout waits for, and the command that answers it. */
export interface Awaited {
  readonly kind: 'soak' | 'approval' | 'resume';
  /** A sentence that ends with the command. */
  readonly text: string;
  /** Until when, as ISO text. */
  readonly until?: string;
}

/** Where a wave stands. */
export interface WaveStatus extends OwnTolerance {
  readonly name: string;
  readonly state: 'PENDING' | 'RUNNING' | 'SOAKING' | 'WAITING_FOR_APPROVAL' | 'DONE';
  readonly imageCount: number;
  /** Of its images; the root has those of open batches as pending. */
  readonly counts: ImageCounts;
}

/** A failed image as the root and the batches know it; evidence stays in the image's own history. */
export interface FailureSummary {
  readonly imageArn: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

/** The numbers that a rollout goes by now, with what people have changed since its start. */
export interface PresentPace extends EffectivePace {
  /** Caps of the calls to AWS, by operation; empty where there are none. */
  readonly rateLimits: RateLimits;
}

/** What the root and its batches answer to the query `status`. */
export interface RolloutStatus {
  readonly rolloutName: string;
  readonly state: RolloutState;
  readonly counts: ImageCounts;
  /** The first failures, at most 5 of each batch and 20 in all. */
  readonly failures: readonly FailureSummary[];
  /** Calls that AWS throttled so far, those of looks too. */
  readonly throttledCount: number;
  /** Which these were, the worst 10 operations first; absent where AWS took all calls. */
  readonly throttled?: readonly ThrottledCalls[];
  /** Batches that are open, for whoever wants the counts of this moment. */
  readonly openBatches: readonly string[];
  readonly awaits: Awaited | null;
  readonly waves: readonly WaveStatus[];
  /** Null until the images are known. */
  readonly effective: PresentPace | null;
  /** What was asked of the rollout while it ran, in order. */
  readonly messages: readonly RecordedMessage[];
  readonly error?: RolloutError;
}

/** The rollout that undoes one that was aborted. */
export interface StartedUndo {
  readonly rolloutName: string;
  /** Null where it could not be started, or had nothing to do: `detail` says why. */
  readonly runId: string | null;
  readonly detail?: string;
}

/** Result of `rolloutImages`. */
export interface RolloutOutcome {
  readonly state: RolloutState;
  readonly counts: ImageCounts;
  readonly failures: readonly FailureSummary[];
  readonly throttledCount: number;
  /** Which these were, the worst 10 operations first; absent where AWS took all calls. */
  readonly throttled?: readonly ThrottledCalls[];
  readonly waves: readonly WaveStatus[];
  /** The numbers that the strategy came to; absent where it ended before the images were known. */
  readonly effective?: PresentPace;
  readonly messages: readonly RecordedMessage[];
  readonly error?: RolloutError;
  /** Where it was aborted and is undone. */
  readonly undo?: StartedUndo;
  /** Images that it changed, and has proven; there where a schedule has started it. */
  readonly changed?: CompactImageSet;
  /** SHA-256 of the file of limits that the worker had; null where it had none. */
  readonly limitsSha256: string | null;
}

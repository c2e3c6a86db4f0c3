import type { ImageArn } from '../domain/arn.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { Guardrails } from '../domain/guardrails.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import type { Residue } from '../domain/step.ts';
import type { Baseline } from '../domain/observation.ts';
import type { ThrottledCalls } from '../domain/throttled.ts';
import type { Visibility } from '../domain/visibility.ts';
import type { Description, LookPurpose, QuotaUse } from './plan.ts';
import type { BatchAccount, CutOffBatch } from './batch.ts';
import type { BegunByHand } from '../domain/ledger.ts';
import type { LedgerRecord } from './ledger.ts';
import type { Earlier, ImageOptions, PolicyReference } from './image.ts';
import type { OnConflict, Selection } from './rollout.ts';

/** What every step of an image's transaction knows. */
export interface StepInput {
  readonly image: ImageArn;
  readonly rolloutName: string;
  readonly policy: PolicyReference;
  readonly options: ImageOptions;
  readonly earlier?: Earlier;
  readonly hasWaited?: true;
}

/** A step after the baseline was taken. */
export interface WriteInput extends StepInput {
  readonly baseline: Baseline;
  /** Shares that this transaction saw as CREATED_FROM_POLICY: they are ours. */
  readonly ownShareArns: readonly string[];
  /** Whether an earlier step may have written. */
  readonly hasWritten: boolean;
}

/** What an image is to a rollout, found by reading alone. */
export type Verdict =
  | { readonly action: 'CHANGE' }
  | {
      readonly action: 'UNCHANGED';
      readonly grantsSha256: string;
      readonly shareArns: readonly string[];
      readonly residue: readonly Residue[];
    }
  | { readonly action: 'BLOCKED'; readonly code: ErrorCode; readonly detail: string };

/** What was found of one image. */
export interface InspectedImage {
  readonly image: ImageArn;
  readonly verdict: Verdict;
  /** Where they were asked for. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Result of `inspectImages`, in the order of the images. */
export interface Inspection extends Throttling {
  readonly verdicts: readonly InspectedImage[];
  /** SHA-256 of the file of limits of the worker; null where it has none. */
  readonly limitsSha256: string | null;
}

/** What a step has met of AWS's limits. */
export interface Throttling {
  /** Calls that AWS throttled; absent where it took them all. */
  readonly throttledCount?: number;
  /** Which these were, the worst operations first. */
  readonly throttled?: readonly ThrottledCalls[];
}

/** Result of `validateImage`. */
export interface Validation extends Throttling {
  readonly verdict: Verdict;
  readonly baseline: Baseline;
  /** Of the baseline. */
  readonly grantsSha256: string;
  /**
   * How the target is reached: by a policy and its promotion, by RAM alone where a STANDARD share exists, where nobody is
   * wanted by taking shares and policy away, back to a baseline, or by taking one principal's access away.
   */
  readonly path: 'seed' | 'share' | 'unshare' | 'undo' | 'revoke';
}

/** What a step that writes reports. */
export interface WriteResult extends Throttling {
  readonly hasWritten: boolean;
  readonly requestIds: readonly string[];
  /** Shares seen as CREATED_FROM_POLICY, to be handed to the steps that follow. */
  readonly ownShareArns: readonly string[];
}

/** Result of `verifyVisibility`. */
export interface Proof extends Throttling {
  readonly grantsSha256: string;
  readonly shareArns: readonly string[];
  readonly visibility: readonly Visibility[];
  readonly residue: readonly Residue[];
  /** False where RAM has to be asked for what the policy did not give, so that `alignShares` has to go on. */
  readonly isAligned: boolean;
}

/** Result of `restoreBaseline`. */
export interface Restoration extends Throttling {
  readonly grantsSha256: string;
  readonly shareArns: readonly string[];
  readonly requestIds: readonly string[];
  readonly residue: readonly Residue[];
}

/** What is known of a step that failed or was cancelled: tells whether anything has to be undone. */
export interface StepFailure extends Throttling {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId?: string;
  /** `no` where no attempt of the step has written, `maybe` where an answer is missing. */
  readonly hasWritten: 'no' | 'maybe' | 'yes';
  /** Until when a write that got no answer may still take effect (ISO text); absent where none is known. */
  readonly unansweredUntil?: string;
  readonly requestIds: readonly string[];
  readonly ownShareArns: readonly string[];
}

/** The activities of the worker; each docstring of the implementation states effect, repeat, errors and class. */
export interface Activities {
  readonly inspectImages: (input: {
    readonly images: CompactImageSet;
    readonly policy: PolicyReference;
    readonly options: ImageOptions;
    readonly guardrails: Guardrails;
    /** Images of the whole rollout. */
    readonly imageCount: number;
    /** Whether the tags of the images are wanted. */
    readonly isTagged: boolean;
    /** Fingerprints that a plan saw, in the order of `imagesOf`; an image that has another one now is BLOCKED. */
    readonly planned?: readonly string[];
    /** Whether an account outside the organisation may lose access that it had accepted. */
    readonly isIrreversibleAllowed: boolean;
    readonly earlier?: Earlier;
  }) => Promise<Inspection>;
  /** A look that is told of: what would change, what has changed, or who sees the images. Most of it at most 1 MB. */
  readonly describeImages: (input: {
    readonly purpose: LookPurpose;
    readonly images: CompactImageSet;
    readonly policy: PolicyReference;
    /** Of the manifest: for drift, the name of the ledger. */
    readonly rolloutName: string;
    readonly options: ImageOptions;
    /** As the manifest has them: they grade a change. */
    readonly guardrails: Guardrails;
    /** Those of them that nobody has set aside: they refuse it. */
    readonly rules: Guardrails;
    readonly imageCount: number;
    readonly isTagged: boolean;
    /** Of a plan: what becomes of images that another rollout works on. */
    readonly onConflict?: OnConflict;
  }) => Promise<Description>;
  /** What is left of small quotas, for each account and Region; each is named by one of its images. */
  readonly readQuotas: (input: {
    readonly images: readonly ImageArn[];
    readonly policy: PolicyReference;
    readonly options: ImageOptions;
  }) => Promise<readonly QuotaUse[]>;
  /** The same look, after a soak. */
  readonly reinspectImages: (input: {
    readonly images: CompactImageSet;
    readonly policy: PolicyReference;
    readonly options: ImageOptions;
    /** For an undo: the images shall be at their baselines. */
    readonly earlier?: Earlier;
  }) => Promise<Inspection>;
  readonly selectImages: (input: {
    readonly selection: Selection;
    readonly region: string;
    readonly options: ImageOptions;
  }) => Promise<CompactImageSet>;
  readonly validateImage: (input: StepInput) => Promise<Validation>;
  readonly putImagePolicy: (input: WriteInput) => Promise<WriteResult>;
  readonly promoteShares: (input: WriteInput) => Promise<WriteResult>;
  readonly alignShares: (input: WriteInput) => Promise<WriteResult>;
  readonly verifyVisibility: (
    input: WriteInput & {
      /** Whether shares that have to be aligned end the step; else time alone is waited for. */
      readonly mayAlign: boolean;
    },
  ) => Promise<Proof>;
  readonly restoreBaseline: (
    input: WriteInput & {
      /**
       * Before this instant (ISO text) a write without an answer may still take effect, so that a read of the baseline proves
       * nothing; and what it has made may be unknown. Absent where every write was answered.
       */
      readonly provenAfter?: string;
    },
  ) => Promise<Restoration>;
  /** Images that an undo of a run of a rollout has to put back, out of histories. */
  readonly selectWritten: (input: { readonly rolloutName: string; readonly runId: string }) => Promise<CompactImageSet>;
  /** Writes what has come of images into the ledger of a rollout name. */
  readonly recordApplied: (input: LedgerRecord) => Promise<void>;
  /** Writes into the ledger of a rollout name that one was begun by hand. */
  readonly recordBegun: (input: { readonly rolloutName: string; readonly byHand: BegunByHand }) => Promise<void>;
  /** What the images of a batch that was ended from outside have come to; returns when all of them have ended. */
  readonly accountForBatch: (input: CutOffBatch) => Promise<BatchAccount>;
  /** Returns when no workflow of this id is open. */
  readonly awaitUnlocked: (input: {
    readonly workflowId: string;
    /** Whether it shall know within a second. */
    readonly isUrgent: boolean;
  }) => Promise<void>;
}

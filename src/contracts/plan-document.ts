import type { DriftKind, DriftState } from '../domain/drift.ts';
import type { Grade } from '../domain/grade.ts';
import type { GrantsDiff } from '../domain/grants-diff.ts';
import type { ShareState } from '../domain/image-change.ts';
import type { AccountNames } from '../domain/principal.ts';
import type { EffectivePace } from '../domain/strategy.ts';
import type { ImageSight } from '../domain/visibility.ts';
import type { QuotaUse } from './plan.ts';
import type { ReportedError } from './report.ts';
import type { RolloutSpec } from './rollout.ts';

/** Marks a file as a plan. */
export const planKind = 'policy-rollout-plan';

/** What a rollout would do to one image. */
export interface PlannedImage {
  readonly imageArn: string;
  readonly action: 'CHANGE' | 'UNCHANGED' | 'BLOCKED';
  /** Why it is BLOCKED. */
  readonly reason?: ReportedError;
  readonly wave?: string;
  readonly grade?: Grade;
  readonly diff?: GrantsDiff;
  readonly becomesVisibleTo?: readonly string[];
  readonly becomesInvisibleTo?: readonly string[];
  readonly shareState?: ShareState;
  /** Wanted principals who cannot launch the AMI, as far as the image's distribution tells. */
  readonly withoutLaunchPermission?: readonly string[];
  /** Says whether anything about the access has changed since; null where it could not be read. */
  readonly fingerprint: string | null;
}

/** What a rollout would do, as `plan --json` prints it and `plan --out` keeps it, without its own hash. */
export interface PlanContent {
  readonly formatVersion: 1;
  readonly kind: typeof planKind;
  readonly rolloutName: string;
  /** ISO text. */
  readonly createdAt: string;
  /** A claim, unless the cluster authenticates its clients. */
  readonly createdBy: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly manifestSha256: string;
  readonly limitsSha256: string | null;
  readonly counts: { readonly change: number; readonly unchanged: number; readonly blocked: number };
  /** Images to change, by grade. */
  readonly grades: Readonly<Record<Grade, number>>;
  readonly effective: EffectivePace;
  readonly waves: readonly { readonly name: string; readonly images: readonly string[] }[];
  readonly quotas: readonly QuotaUse[];
  /** Accounts and Regions that are too many to read their quotas; 0 where all were read. */
  readonly unreadQuotaCount: number;
  readonly calls: PlannedCalls;
  /** Sentences. */
  readonly warnings: readonly string[];
  readonly images: readonly PlannedImage[];
  /** What the manifest calls accounts, by id; empty where it names none. */
  readonly accountNames: AccountNames;
  /** What is rolled out, with every image named. */
  readonly spec: RolloutSpec;
}

/** Calls to AWS that a rollout takes, and its time at a pace; promotions that have to be waited for are not in it. */
export interface PlannedCalls {
  readonly total: number;
  readonly callsPerSecond: number;
  /** Of the account and Region with the most calls, since each is paced for itself. */
  readonly expectedMs: number;
}

/** A plan with the SHA-256 of its content, which tells whether it was changed by accident. */
export interface PlanDocument extends PlanContent {
  readonly planSha256: string;
}

/** Where an image stands in relation to what was last rolled out; UNKNOWN where it, or that, cannot be read. */
export interface DriftedImage {
  readonly imageArn: string;
  readonly drift: DriftState | 'UNKNOWN';
  readonly kinds: readonly DriftKind[];
  /** Sentences. */
  readonly detail: readonly string[];
}

/** What `drift --json` prints. */
export interface DriftDocument {
  readonly formatVersion: 1;
  readonly rolloutName: string;
  readonly manifestSha256: string;
  /** The rollout that images are compared with; null where none has finished. */
  readonly applied: { readonly runId: string; readonly finishedAt: string } | null;
  readonly counts: {
    readonly inSync: number;
    readonly drifted: number;
    readonly new: number;
    readonly gone: number;
    readonly unknown: number;
  };
  readonly images: readonly DriftedImage[];
}

/** Whether the wanted principals, and nobody else, see an image. */
export interface VerifiedImage extends ImageSight {
  readonly imageArn: string;
  readonly verdict: 'VISIBLE' | 'NOT_VISIBLE' | 'INCONCLUSIVE';
  /** Why it could not be measured. */
  readonly reason?: ReportedError;
}

/** What `verify --json` prints. */
export interface VerifyDocument {
  readonly formatVersion: 1;
  readonly rolloutName: string;
  readonly manifestSha256: string;
  readonly counts: { readonly visible: number; readonly notVisible: number; readonly inconclusive: number };
  readonly images: readonly VerifiedImage[];
}

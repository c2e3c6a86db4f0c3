import type { AwsClients } from '../aws/clients.ts';
import type { BatchAccount, CutOffBatch } from '../contracts/batch.ts';
import type { Earlier, TemplateReference } from '../contracts/image.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { Hold } from '../domain/holds.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import type { BegunByHand, LastApplied, Ledger } from '../domain/ledger.ts';
import type { WorkerLimits } from '../domain/limits.ts';
import type { Baseline } from '../domain/observation.ts';

/** What is left of the transactions of one image in one rollout, all its runs together. */
export interface EarlierTransaction {
  /** Of the first one; null where none came as far as to take it, and so none has written. */
  readonly baseline: Baseline | null;
  /** What the last one left behind: SHA-256 of its grants; null where it could not tell. */
  readonly grantsSha256: string | null;
}

/** What the activities of one worker share; assembled once by `worker.ts`. */
export interface Dependencies {
  readonly clients: AwsClients;
  /** Gives the policy template that a reference names; null means that nobody is wanted. */
  readonly policyTemplate: (reference: TemplateReference) => Promise<string | null>;
  /** What earlier transactions of an image have left in their histories; null where there are none any more. */
  readonly earlierTransaction: (image: ImageArn, earlier: Earlier) => Promise<EarlierTransaction | null>;
  /** Whether a workflow of this id is open. */
  readonly isWorkflowOpen: (workflowId: string) => Promise<boolean>;
  /** The workflow ids of all images that are worked on now, as far as visibility shows them. */
  readonly openImageWorkflows: () => Promise<ReadonlySet<string>>;
  /** Images at which something of a run of a rollout, and of those that it has redriven, has stayed. */
  readonly writtenImages: (rolloutName: string, runId: string) => Promise<CompactImageSet>;
  /** What has become of a batch that was ended from outside, or which of its images is still open. */
  readonly batchEnd: (
    batch: CutOffBatch,
  ) => Promise<
    { readonly kind: 'open'; readonly workflowId: string } | { readonly kind: 'ended'; readonly account: BatchAccount }
  >;
  /** Adds to the ledger of a rollout name; to be repeated at will. */
  readonly addToLedger: (rolloutName: string, addition: Ledger) => Promise<void>;
  /** What was last applied to each image by rollouts of a name; an image that is not there is new to them. */
  readonly lastApplied: (rolloutName: string) => Promise<ReadonlyMap<ImageArn, LastApplied>>;
  /** The holds, read after this was asked; those that have expired may be among them. */
  readonly holds: () => Promise<readonly Hold[]>;
  /** The newest rollout of a name that was begun by hand; null where none is known. */
  readonly begunByHand: (rolloutName: string) => Promise<BegunByHand | null>;
  /** Has the page of a schedule say something, and may pause it; one that is gone, or was paused or resumed by somebody, stays so. */
  readonly noteSchedule: (
    scheduleName: string,
    change: { readonly note: string; readonly isPausing: boolean; readonly replaces?: string },
  ) => Promise<void>;
  /** Adds the hold of an image that a schedule has repaired too often. */
  readonly holdFlapping: (image: ImageArn, scheduleName: string) => Promise<void>;
  /** The worker's own limits, and the SHA-256 of their file; null where it has none. */
  readonly limits: { readonly rules: WorkerLimits; readonly sha256: string } | null;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** By which the delays before repeats are multiplied: 1, less in tests. */
  readonly delayFactor: number;
}

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RolloutStatus } from './rollout.ts';

/** Who sends a message, and why; kept in the history. */
export interface Origin {
  /** A claim, unless the cluster authenticates its clients. */
  readonly who: string;
  readonly reason: string;
}

/** What the root tells a batch; the numbers are absolute, so that a repeat or a reordering does no harm. */
export interface BatchLimit {
  /** True when nothing new may start. */
  readonly isStopped: boolean;
  readonly lanes: number;
  /** The batch stops by itself when more images than this have failed in it. */
  readonly failureBudget: number;
}

/** What a batch tells the root, at once at a failure. */
export interface BatchFailures {
  readonly batchWorkflowId: string;
  /** Failures of the batch so far: absolute. */
  readonly failureCount: number;
}

/** Where a rollout or a batch stands; answered by `rolloutImages` and `rolloutBatch`, also after their end. */
export const statusQuery = defineQuery<RolloutStatus>('status');

/** Ends a rollout: nothing new starts, running images finish or compensate. Answers whether it was running. */
export const abortUpdate = defineUpdate<boolean, [Origin]>('abort');

/** Root to batch. */
export const limitSignal = defineSignal<[BatchLimit]>('limit');

/** Batch to root. */
export const failuresSignal = defineSignal<[BatchFailures]>('failures');

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Hold } from '../domain/holds.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { RateLimits } from '../domain/rate-limits.ts';
import type { StrategyChange } from '../domain/strategy.ts';
import type { Origin } from './requests.ts';
import type { RolloutStatus } from './rollout.ts';

/** What the root tells a batch; the numbers are absolute, so that a repeat or a reordering does no harm. */
export interface BatchLimit {
  /** True when nothing new may start. */
  readonly isStopped: boolean;
  /** 0 while the rollout is paused. */
  readonly lanes: number;
  /** Where given, each failure beyond this number takes a lane: STRICT_FAILURE_TOLERANCE. */
  readonly countedFailures?: number;
  /** Once more images than this have failed in the batch, it starts nothing until the root has answered. */
  readonly failureBudget: number;
  /** Caps that have changed, for images that start from now on; absent where all of the options hold. */
  readonly rateLimits?: RateLimits;
}

/** What a batch tells the root, at once at a failure. */
export interface BatchFailures {
  readonly batchWorkflowId: string;
  /** Failures of the batch so far: absolute. */
  readonly failureCount: number;
  /** Of these, images whose undo failed. */
  readonly compensationFailedCount: number;
}

/** What a batch tells the root when all its images have been started, and whenever that number has halved since. */
export interface BatchLastRunning {
  readonly batchWorkflowId: string;
  /** Images that are still running: it needs no more lanes. */
  readonly lastRunning: number;
}

/** Where a rollout or a batch stands; answered by `rolloutImages` and `rolloutBatch`, also after their end. */
export const statusQuery = defineQuery<RolloutStatus>('status');

// Each answers whether it changed anything: to pause what is paused is well, and changes nothing.

/** Nothing new starts; images in flight go on. */
export const pauseUpdate = defineUpdate<boolean, [Origin]>('pause');
/** Goes on after a pause. */
export const resumeUpdate = defineUpdate<boolean, [Origin]>('resume');
/** One person's yes to the wave that has been rolled out. Refused where nothing waits for it. */
export const approveUpdate = defineUpdate<boolean, [Origin]>('approve');
/** A no: the rollout stops. Refused where nothing waits for it. */
export const rejectUpdate = defineUpdate<boolean, [Origin]>('reject');
/** Skips the soak or the approval that is waited for. Refused where nothing is. */
export const advanceUpdate = defineUpdate<boolean, [Origin]>('advance');
/**
 * Ends a rollout: nothing new starts, running images finish or compensate. With `isUndoing` the rollout then starts the
 * one that undoes it, so whoever asks need not stay.
 */
export const abortUpdate = defineUpdate<boolean, [Origin, { readonly isUndoing: boolean }]>('abort');
/** Changes concurrency, tolerance or caps for what is still to come. Refused where nothing is: the rollout stops for good. */
export const setStrategyUpdate = defineUpdate<boolean, [Origin, StrategyChange]>('setStrategy');

// Answered by `keepHolds`, once the change can be read.

/** Refused where another hold has the name. */
export const addHoldUpdate = defineUpdate<boolean, [Hold]>('addHold');
/** Refused where no hold has the name. */
export const removeHoldUpdate = defineUpdate<boolean, [string, Origin]>('removeHold');

/** What was done to some images; to `keepLedger`. A repeat, or another order, changes nothing. */
export const recordSignal = defineSignal<[Ledger]>('record');

/** Root to batch. */
export const limitSignal = defineSignal<[BatchLimit]>('limit');

/** Root to the run of a schedule that has started it: an undo has failed, and the rollout waits for a person. */
export const personNeededSignal = defineSignal('personNeeded');

/** Batch to root. */
export const failuresSignal = defineSignal<[BatchFailures]>('failures');
/** Batch to root. */
export const lastRunningSignal = defineSignal<[BatchLastRunning]>('lastRunning');

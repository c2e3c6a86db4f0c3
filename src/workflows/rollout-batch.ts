import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { ChildWorkflowHandle } from '@temporalio/workflow';
import type { Throttling } from '../contracts/activities.ts';
import type { BatchInput, BatchOutcome } from '../contracts/batch.ts';
import type { ImageInput, ImageOptions, ImageOutcome } from '../contracts/image.ts';
import type { EndedImage } from '../contracts/ledger.ts';
import type { BatchLimit } from '../contracts/messages.ts';
import { failuresSignal, lastRunningSignal, limitSignal, statusQuery } from '../contracts/messages.ts';
import type { FailureSummary, RolloutStatus } from '../contracts/rollout.ts';
import { imageArnAttribute, rolloutNameAttribute, rolloutWaveAttribute } from '../contracts/search-attributes.ts';
import { imageWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { imageArnParts, imageLabel } from '../domain/arn.ts';
import { longestFailureDetail, mostFailuresOfBatch } from '../domain/batches.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import type { ImageCounts } from '../domain/image-state.ts';
import { failureCount, hasFailed, moveCounts, pendingCounts } from '../domain/image-state.ts';
import type { ThrottledCalls } from '../domain/throttled.ts';
import { mostThrottledOfRollout, throttledField, worstThrottled } from '../domain/throttled.ts';
import { lockOf } from './activities.ts';
import { recordApplied } from './record-applied.ts';
import { showDetails } from './rollout-details.ts';
import { rolloutImage } from './rollout-image.ts';
import { withCaps } from './rollout-options.ts';
import { runChild } from './run-child.ts';

// The last images of most batches have ended by then, and nothing needs to be told.
const slowAfterMs = 5_000;

/** A batch at work. */
interface Batch {
  readonly input: BatchInput;
  readonly images: readonly ImageArn[];
  limit: BatchLimit;
  counts: ImageCounts;
  failures: readonly FailureSummary[];
  throttledCount: number;
  throttled: readonly ThrottledCalls[];
  readonly ended: EndedImage[];
  readonly unchanged: ImageArn[];
  readonly unsettled: ImageArn[];
  isReporting: boolean;
  /** Everything that was started has ended. */
  hasEnded: boolean;
}

/** How an image of a batch ended; what a batch has to know of it. */
type Ended = Pick<ImageOutcome, 'state' | 'error' | 'throttledCount' | 'throttled'> &
  Partial<Pick<ImageOutcome, 'shareArns' | 'hasWritten'>>;

/**
 * Runs the images of one slice of a wave, each as a child, in lanes.
 *
 * - Id: `rollout/<name>/<run>/<wave>/<nnnn>`.
 * - Result: counts and at most 5 failures; it never fails because of an image, and a cancelled batch returns too.
 * - Messages: `limit` (signal of the root: lanes, failure budget, caps, stop), `status` (query). It signals `failures` to
 *   the root as soon as an image fails, and past its failure budget it starts nothing until the root answers; it signals
 *   `lastRunning` where its last images are slow.
 * - Cancel: nothing new starts; running images finish or compensate.
 * - Continues as new: never; an image makes at most 6 events, so 200 images at most 1,300.
 * - Invariants: an image is started at most once at a time; the counts always add up to the total.
 */
export async function rolloutBatch(input: BatchInput): Promise<BatchOutcome> {
  return run(setup(input));
}

function setup(input: BatchInput): Batch {
  const images = imagesOf(input.images);
  const batch: Batch = {
    input,
    images,
    limit: input.limit,
    counts: pendingCounts(images.length),
    failures: [],
    throttledCount: 0,
    throttled: [],
    ended: [],
    unchanged: [],
    unsettled: [],
    isReporting: false,
    hasEnded: false,
  };
  setHandler(limitSignal, (limit) => {
    batch.limit = limit;
  });
  setHandler(statusQuery, () => statusOf(batch));
  return batch;
}

function statusOf(batch: Batch): RolloutStatus {
  const { input, counts, failures, throttledCount, throttled } = batch;
  const state = isStopped(batch) ? 'STOPPING' : 'RUNNING';
  const nothing = { openBatches: [], awaits: null, waves: [], effective: null, messages: [] };
  const seen = { counts, failures, throttledCount, ...throttledField(throttled) };
  return { rolloutName: input.rolloutName, state, ...seen, ...nothing };
}

async function run(batch: Batch): Promise<BatchOutcome> {
  const running: Promise<void>[] = [];
  try {
    for (const image of batch.images) {
      if (!(await takeLane(batch))) break;
      running.push(rolloutOne(batch, image));
    }
  } catch (error) {
    // What is running was cancelled too, and ends by itself.
    if (!isCancellation(error)) throw error;
  }
  const ending = Promise.all(running).then(() => {
    batch.hasEnded = true;
  });
  if (running.length === batch.images.length) await tellLastRunning(batch);
  await ending;
  await recordApplied({ ...batch.input, runId: batch.input.root.runId }, batch.ended);
  const { counts, failures, throttledCount, throttled, images } = batch;
  const unstarted = images.slice(running.length);
  return {
    counts: moveCounts(counts, 'PENDING', 'SKIPPED', counts.pending),
    failures,
    throttledCount,
    ...throttledField(throttled),
    unchanged: compactImageSet(batch.unchanged),
    unsettled: compactImageSet([...batch.unsettled, ...unstarted]),
  };
}

/**
 * Waits for a free lane and gives it to an image; false where nothing may start any more. Past its failure budget a batch
 * starts nothing, but leaves it to the root to stop: that may have been told of a higher tolerance before it heard of the
 * failures.
 */
async function takeLane(batch: Batch): Promise<boolean> {
  const isFree = (): boolean => !isStopped(batch) && batch.counts.running < lanesOf(batch);
  // Several who wait may be woken for one lane.
  do await condition(() => isFree() || batch.limit.isStopped);
  while (!isFree() && !batch.limit.isStopped);
  if (batch.limit.isStopped) return false;
  batch.counts = moveCounts(batch.counts, 'PENDING', 'RUNNING');
  return true;
}

function leaveLane(batch: Batch): void {
  batch.counts = moveCounts(batch.counts, 'RUNNING', 'PENDING');
}

/** STRICT: a failure that the root has not counted takes a lane, before anybody is told. */
function lanesOf({ limit: { lanes, countedFailures }, counts }: Batch): number {
  return countedFailures === undefined ? lanes : lanes - (failureCount(counts) - countedFailures);
}

function isStopped({ limit, counts }: Batch): boolean {
  return limit.isStopped || failureCount(counts) > limit.failureBudget;
}

/** Runs an image that has a lane to its end, whatever end that is. */
async function rolloutOne(batch: Batch, image: ImageArn): Promise<void> {
  showDetails(statusOf(batch));
  const ended = await endOf(batch, image);
  if (ended === null) {
    batch.unsettled.push(image);
    return;
  }
  const { state, error, shareArns = [], hasWritten = false, ...throttling } = ended;
  batch.ended.push({ image, state, shareArns, hasWritten });
  countThrottled(batch, throttling);
  batch.counts = moveCounts(batch.counts, 'RUNNING', state);
  if (state === 'UNCHANGED') batch.unchanged.push(image);
  else if (state !== 'SUCCEEDED') batch.unsettled.push(image);
  showDetails(statusOf(batch));
  if (!hasFailed(state)) return;
  const { code, detail } = error ?? { code: 'internal', detail: `${imageLabel(image)} ended ${state}` };
  if (batch.failures.length < mostFailuresOfBatch) {
    batch.failures = [...batch.failures, { imageArn: image, code, detail: detail.slice(0, longestFailureDetail) }];
  }
  await reportFailures(batch);
}

function countThrottled(batch: Batch, { throttledCount = 0, throttled = [] }: Throttling): void {
  batch.throttledCount += throttledCount;
  batch.throttled = worstThrottled([...batch.throttled, ...throttled], mostThrottledOfRollout);
}

/** Null where the image was waited for, and is not started any more. */
async function endOf(batch: Batch, image: ImageArn, after: Pick<ImageInput, 'hasWaited'> = {}): Promise<Ended | null> {
  const { onConflict } = batch.input;
  try {
    return await runChild(() => startImage(batch, image, after));
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      if (onConflict === 'wait') return afterUnlock(batch, image);
      const locked = { code: 'image-locked', detail: `${imageWorkflowId(image)} is open` } as const;
      return { state: onConflict === 'skip' ? 'SKIPPED' : 'FAILED', error: locked };
    }
    return endOfFailure(error);
  }
}

/**
 * Waits until the image's lock is free, then starts anew as soon as an image may start: the transaction looks at the image
 * for itself.
 */
async function afterUnlock(batch: Batch, image: ImageArn): Promise<Ended | null> {
  // Any other keeps its lane and stays behind the rollout that it waits for, which would write over it where it overtook.
  const isOvertaking = batch.input.options.isUrgent === true;
  if (isOvertaking) leaveLane(batch);
  try {
    const { awaitUnlocked } = lockOf(imageLabel(image));
    await awaitUnlocked({ workflowId: imageWorkflowId(image) }).finally(() => {
      if (!isOvertaking) leaveLane(batch);
    });
    // A pause or a stop may have come meanwhile.
    if (!(await takeLane(batch))) return null;
  } catch (error) {
    if (isCancellation(error)) return null;
    throw error;
  }
  return endOf(batch, image, { hasWaited: true });
}

function startImage(
  batch: Batch,
  image: ImageArn,
  after: Pick<ImageInput, 'hasWaited'>,
): Promise<ChildWorkflowHandle<typeof rolloutImage>> {
  const { rolloutName, waveName, policy, earlier } = batch.input;
  const kept = earlier === undefined ? {} : { earlier };
  return startChild(rolloutImage, {
    args: [{ image, rolloutName, policy, options: optionsOf(batch, image), ...kept, ...after }],
    workflowId: imageWorkflowId(image),
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: imageLabel(image),
    staticDetails: `Image: \`${image}\`, in wave \`${waveName}\` of the rollout \`${rolloutName}\`.`,
    typedSearchAttributes: [
      { key: rolloutNameAttribute, value: rolloutName },
      { key: rolloutWaveAttribute, value: waveName },
      { key: imageArnAttribute, value: image },
    ],
  });
}

/**
 * The options, with the caps that hold now, and the role of the image's own account alone: every event of the image's
 * history carries them.
 */
function optionsOf({ input: { options }, limit }: Batch, image: ImageArn): ImageOptions {
  const { account } = imageArnParts(image);
  const role = options.ownerRoles[account];
  const ownerRoles = role === undefined ? {} : { [account]: role };
  return { ...withCaps(options, limit.rateLimits), ownerRoles };
}

/** What a child that failed, or was ended from outside, has come to. */
function endOfFailure(error: unknown): Ended {
  const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
  const carried: unknown = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  if (isOutcome(carried)) return carried;
  if (isCancellation(error)) return { state: 'CANCELLED' };
  // Terminated or timed out: nobody knows how far it came, so a person has to look.
  const detail = cause instanceof Error ? cause.message : String(cause);
  return { state: 'COMPENSATION_FAILED', error: { code: 'internal', detail } };
}

function isOutcome(value: unknown): value is ImageOutcome {
  return typeof value === 'object' && value !== null && 'imageArn' in value && 'state' in value;
}

/** Tells the root, which may have other batches stop. One signal is under way at a time; it says the number of that time. */
async function reportFailures(batch: Batch): Promise<void> {
  if (batch.isReporting) return;
  batch.isReporting = true;
  const { root } = batch.input;
  const batchWorkflowId = workflowInfo().workflowId;
  let told = 0;
  await CancellationScope.nonCancellable(async () => {
    while (told < failureCount(batch.counts)) {
      told = failureCount(batch.counts);
      await getExternalWorkflowHandle(root.workflowId, root.runId)
        .signal(failuresSignal, {
          batchWorkflowId,
          failureCount: told,
          compensationFailedCount: batch.counts.compensationFailed,
        })
        // A root that was terminated hears nothing any more.
        .catch(() => undefined);
    }
  });
  batch.isReporting = false;
}

/**
 * Tells the root how few lanes the last images need, so that slow ones hold nobody up. Not where it is STRICT: a lane may
 * go to another batch only when the root has counted every failure.
 */
async function tellLastRunning(batch: Batch): Promise<void> {
  const { root } = batch.input;
  if (batch.limit.countedFailures !== undefined) return;
  // An image that waits without a lane will need one.
  const lastRunning = (): number => batch.counts.running + batch.counts.pending;
  await CancellationScope.nonCancellable(async () => {
    await condition(() => batch.hasEnded, slowAfterMs);
    while (!batch.hasEnded) {
      const told = lastRunning();
      await getExternalWorkflowHandle(root.workflowId, root.runId)
        .signal(lastRunningSignal, { batchWorkflowId: workflowInfo().workflowId, lastRunning: told })
        // A root that was terminated hears nothing any more.
        .catch(() => undefined);
      await condition(() => batch.hasEnded || lastRunning() <= told / 2);
    }
  });
}

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  sleep,
  startChild,
} from '@temporalio/workflow';
import type { ChildWorkflowHandle } from '@temporalio/workflow';
import type { Throttling } from '../contracts/activities.ts';
import type { BatchInput, BatchOutcome } from '../contracts/batch.ts';
import type { ImageInput, ImageOptions, ImageOutcome } from '../contracts/image.ts';
import { batchInput } from '../contracts/input-shapes.ts';
import { limitSignal, statusQuery } from '../contracts/messages.ts';
import { imageArnAttribute, rolloutNameAttribute, rolloutWaveAttribute } from '../contracts/search-attributes.ts';
import { aBatchLimit } from '../contracts/value-shapes.ts';
import { imageWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { imageArnParts, imageLabel } from '../domain/arn.ts';
import { longestFailureDetail, mostFailuresOfBatch } from '../domain/batches.ts';
import { compactImageSet } from '../domain/image-set.ts';
import { hasFailed, moveCounts } from '../domain/image-state.ts';
import { mostThrottledOfRollout, throttledField, worstThrottled } from '../domain/throttled.ts';
import { lockOf } from './activities.ts';
import { reportFailures, tellLastRunning } from './batch-signals.ts';
import type { Batch } from './batch-state.ts';
import { leaveLane, newBatch, statusOf, takeLane } from './batch-state.ts';
import { listenTo, requireInput } from './checked.ts';
import { recordApplied } from './record-applied.ts';
import { showDetails } from './rollout-details.ts';
import { rolloutImage } from './rollout-image.ts';
import { withCaps } from './rollout-options.ts';
import { runChild } from './run-child.ts';

// Twice the longest pause between two looks of a revocation, so that it has the time to start.
const courtesyMs = 2_000;

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
  requireInput(input, batchInput);
  return run(setup(input));
}

function setup(input: BatchInput): Batch {
  const batch = newBatch(input);
  listenTo(limitSignal, aBatchLimit, (limit) => {
    batch.limit = limit;
  });
  setHandler(statusQuery, () => statusOf(batch));
  return batch;
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
  const isUrgent = batch.input.options.isUrgent === true;
  if (isUrgent) leaveLane(batch);
  try {
    const label = imageLabel(image);
    await lockOf(label)
      .awaitUnlocked({ workflowId: imageWorkflowId(image), isUrgent })
      .finally(() => {
        if (!isUrgent) leaveLane(batch);
      });
    if (!isUrgent) await sleep(courtesyMs, { summary: `let a revocation of ${label} go first`.slice(0, 200) });
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
  const code = cause instanceof ApplicationFailure ? 'internal' : 'image-terminated';
  return { state: 'COMPENSATION_FAILED', error: { code, detail } };
}

function isOutcome(value: unknown): value is ImageOutcome {
  return typeof value === 'object' && value !== null && 'imageArn' in value && 'state' in value;
}

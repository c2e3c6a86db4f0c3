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
import { lockOf } from './activities.ts';
import { recordApplied } from './record-applied.ts';
import { showDetails } from './rollout-details.ts';
import { rolloutImage } from './rollout-image.ts';
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
  readonly ended: EndedImage[];
  readonly unchanged: ImageArn[];
  readonly unsettled: ImageArn[];
  isReporting: boolean;
}

/** How an image of a batch ended; what a batch has to know of it. */
type Ended = Pick<ImageOutcome, 'state' | 'error' | 'throttledCount'> &
  Partial<Pick<ImageOutcome, 'shareArns' | 'hasWritten'>>;

/**
 * Runs the images of one slice of a wave, each as a child, in lanes.
 *
 * - Id: `rollout/<name>/<run>/<wave>/<nnnn>`.
 * - Result: counts and at most 5 failures; it never fails because of an image, and a cancelled batch returns too.
 * - Messages: `limit` (signal of the root: lanes, failure budget, stop), `status` (query). It signals `failures` to the
 *   root as soon as an image fails, stops by itself past its failure budget, and signals `lastRunning` where its last
 *   images are slow.
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
    ended: [],
    unchanged: [],
    unsettled: [],
    isReporting: false,
  };
  setHandler(limitSignal, (limit) => {
    batch.limit = limit;
  });
  setHandler(statusQuery, () => statusOf(batch));
  return batch;
}

function statusOf(batch: Batch): RolloutStatus {
  const { input, counts, failures, throttledCount } = batch;
  const state = isStopped(batch) ? 'STOPPING' : 'RUNNING';
  const nothing = { openBatches: [], awaits: null, waves: [], effective: null, messages: [] };
  return { rolloutName: input.rolloutName, state, counts, failures, throttledCount, ...nothing };
}

async function run(batch: Batch): Promise<BatchOutcome> {
  const running: Promise<void>[] = [];
  try {
    for (const image of batch.images) {
      await condition(() => batch.counts.running < lanesOf(batch) || isStopped(batch));
      if (isStopped(batch)) break;
      running.push(rolloutOne(batch, image));
    }
  } catch (error) {
    // What is running was cancelled too, and ends by itself.
    if (!isCancellation(error)) throw error;
  }
  await Promise.all([...running, tellLastRunning(batch)]);
  await recordApplied({ ...batch.input, runId: batch.input.root.runId }, batch.ended);
  const { counts, failures, throttledCount, images } = batch;
  const unstarted = images.slice(running.length);
  return {
    counts: moveCounts(counts, 'PENDING', 'SKIPPED', counts.pending),
    failures,
    throttledCount,
    unchanged: compactImageSet(batch.unchanged),
    unsettled: compactImageSet([...batch.unsettled, ...unstarted]),
  };
}

/** STRICT: a failure that the root has not counted takes a lane, before anybody is told. */
function lanesOf({ limit: { lanes, countedFailures }, counts }: Batch): number {
  return countedFailures === undefined ? lanes : lanes - (failureCount(counts) - countedFailures);
}

function isStopped({ limit, counts }: Batch): boolean {
  return limit.isStopped || failureCount(counts) > limit.failureBudget;
}

/** Runs one image to its end, whatever end that is. */
async function rolloutOne(batch: Batch, image: ImageArn): Promise<void> {
  batch.counts = moveCounts(batch.counts, 'PENDING', 'RUNNING');
  showDetails(statusOf(batch));
  const { state, error, throttledCount = 0, shareArns = [], hasWritten = false } = await endOf(batch, image);
  batch.ended.push({ image, state, shareArns, hasWritten });
  batch.throttledCount += throttledCount;
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

async function endOf(batch: Batch, image: ImageArn, after: Pick<ImageInput, 'hasWaited'> = {}): Promise<Ended> {
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

/** Waits until the image's lock is free, then starts anew: the transaction looks at the image for itself. */
async function afterUnlock(batch: Batch, image: ImageArn): Promise<Ended> {
  try {
    await lockOf(imageLabel(image)).awaitUnlocked({ workflowId: imageWorkflowId(image) });
  } catch (error) {
    if (isCancellation(error)) return { state: 'SKIPPED' };
    throw error;
  }
  return endOf(batch, image, { hasWaited: true });
}

function startImage(
  { input }: Batch,
  image: ImageArn,
  after: Pick<ImageInput, 'hasWaited'>,
): Promise<ChildWorkflowHandle<typeof rolloutImage>> {
  const { rolloutName, waveName, policy, options, earlier } = input;
  const kept = earlier === undefined ? {} : { earlier };
  return startChild(rolloutImage, {
    args: [{ image, rolloutName, policy, options: optionsOf(image, options), ...kept, ...after }],
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

/** The options, with the role of the image's own account alone: every event of the image's history carries them. */
function optionsOf(image: ImageArn, options: ImageOptions): ImageOptions {
  const { account } = imageArnParts(image);
  const role = options.ownerRoles[account];
  return { ...options, ownerRoles: role === undefined ? {} : { [account]: role } };
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
  const hasEnded = (): boolean => batch.counts.running === 0;
  await CancellationScope.nonCancellable(async () => {
    if (await condition(hasEnded, slowAfterMs)) return;
    for (let told = Infinity; !hasEnded(); await condition(() => batch.counts.running <= told / 2)) {
      told = batch.counts.running;
      await getExternalWorkflowHandle(root.workflowId, root.runId)
        .signal(lastRunningSignal, { batchWorkflowId: workflowInfo().workflowId, lastRunning: told })
        // A root that was terminated hears nothing any more.
        .catch(() => undefined);
    }
  });
}

import type { ChildWorkflowHandle } from '@temporalio/workflow';
import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { StepFailure } from '../contracts/activities.ts';
import type { BatchInput, BatchOutcome } from '../contracts/batch.ts';
import type { PolicyReference } from '../contracts/image.ts';
import type { BatchLimit } from '../contracts/messages.ts';
import { abortUpdate, failuresSignal, limitSignal, statusQuery } from '../contracts/messages.ts';
import type { FailureSummary, RolloutInput, RolloutOutcome, RolloutStatus } from '../contracts/rollout.ts';
import { rolloutNameAttribute, rolloutWaveAttribute } from '../contracts/search-attributes.ts';
import { batchWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { mostOpenBatches, planBatches } from '../domain/batches.ts';
import { compactImageSet, imageCount, imagesOf } from '../domain/image-set.ts';
import type { ImageCounts, RolloutState } from '../domain/image-state.ts';
import { failureCount, moveCounts, pendingCounts, settlePending } from '../domain/image-state.ts';
import type { BatchTally } from '../domain/tolerance.ts';
import { allowances, isToleranceExceeded } from '../domain/tolerance.ts';
import { inspectionOf } from './activities.ts';
import { stepFailureOf } from './failures.ts';
import { rolloutBatch } from './rollout-batch.ts';
import { showDetails } from './rollout-details.ts';
import { runChild } from './run-child.ts';

/** A batch as the root sees it. */
interface OpenBatch {
  readonly workflowId: string;
  readonly imageCount: number;
  failureCount: number;
  /** Null until it has ended. */
  outcome: BatchOutcome | null;
  /** The limit that it knows. */
  told: BatchLimit | null;
}

/** A rollout at work. */
interface Rollout {
  readonly input: RolloutInput;
  readonly policy: PolicyReference;
  /** What an abort, or a cancel, cancels: the work, not the report. */
  readonly work: CancellationScope;
  state: RolloutState;
  /** Images of open batches count as pending here; each open batch answers for its own. */
  counts: ImageCounts;
  failures: readonly FailureSummary[];
  limitsSha256: string | null;
  readonly batches: OpenBatch[];
}

// The name of the only wave that there is.
const waveName = 'all';
// One activity looks at so many images; its result has at most some 150 bytes for each.
const imagesPerInspection = 200;
const inspectionsAtOnce = 4;
// All others are in the report.
const mostFailures = 20;

/**
 * Rolls one policy out to many images: looks at all of them, then changes those that are not in sync, batch by batch.
 *
 * - Id: `rollout/<name>`, so a second start of a running rollout is refused.
 * - Result: state, counts and the first failures. It ends REFUSED before the first write where images are BLOCKED,
 *   FAILED where it could not look at them, STOPPED past the failure tolerance, ABORTED when it was cancelled.
 * - Messages: `abort` (update); `status` (query), also after the end; `failures` (signal of a batch).
 * - Cancel: nothing new starts, running images finish or compensate, and the result is given all the same.
 * - Continues as new: never; 10,000 images are 50 batches, with about 6 events each.
 * - Invariants: no image is written before all were looked at; the counts always add up to the total.
 */
export async function rolloutImages(input: RolloutInput): Promise<RolloutOutcome> {
  return run(setup(input));
}

function setup(input: RolloutInput): Rollout {
  const { workflowId, runId } = workflowInfo();
  const total = imagesOf(input.spec.images).length;
  const rollout: Rollout = {
    input,
    policy: { sha256: input.spec.policySha256, workflowId, runId },
    work: new CancellationScope(),
    state: 'PLANNING',
    counts: pendingCounts(total),
    failures: [],
    limitsSha256: null,
    batches: [],
  };
  setHandler(statusQuery, () => statusOf(rollout));
  setHandler(abortUpdate, (origin) => {
    const isRunning = rollout.state === 'PLANNING' || rollout.state === 'RUNNING';
    log.info('abort', { ...origin });
    if (isRunning) rollout.work.cancel();
    return isRunning;
  });
  setHandler(failuresSignal, ({ batchWorkflowId: id, failureCount: count }) => {
    const batch = rollout.batches.find(({ workflowId: known }) => known === id);
    if (batch !== undefined) batch.failureCount = Math.max(batch.failureCount, count);
  });
  return rollout;
}

async function run(rollout: Rollout): Promise<RolloutOutcome> {
  showDetails(statusOf(rollout));
  try {
    await rollout.work.run(async () => {
      const images = await plan(rollout);
      if (rollout.state === 'PLANNING') await rolloutBatches(rollout, images);
    });
  } catch (error) {
    if (!isCancellation(error)) cannotLook(rollout, stepFailureOf(error));
  }
  return outcomeOf(rollout);
}

/** Looks at every image. Gives those that have to be changed; refuses the rollout where one of them cannot be. */
async function plan(rollout: Rollout): Promise<readonly ImageArn[]> {
  const all = imagesOf(rollout.input.spec.images);
  const slices = slicesOf(all);
  const changing: ImageArn[][] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < slices.length; index = next++) {
      changing[index] = await inspect(rollout, slices[index] ?? [], all.length);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(inspectionsAtOnce, slices.length) }, lane));
  const failed = lanes.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  const isRefused = rollout.counts.skipped > 0 && !rollout.input.origin.isSkippingBlocked;
  if (isRefused) rollout.state = 'REFUSED';
  return changing.flat();
}

/** Nothing was written: without knowing the images there is nothing to decide. */
function cannotLook(rollout: Rollout, { code, detail }: StepFailure): void {
  const [imageArn = ''] = imagesOf(rollout.input.spec.images);
  rollout.state = 'FAILED';
  addFailures(rollout, [{ imageArn, code, detail }]);
}

async function inspect(rollout: Rollout, images: readonly ImageArn[], totalCount: number): Promise<ImageArn[]> {
  const { guardrails, options } = rollout.input.spec;
  const { inspectImages } = inspectionOf(`look at ${images.length} images`);
  const inspection = await inspectImages({
    images: compactImageSet(images),
    policy: rollout.policy,
    options,
    guardrails,
    imageCount: totalCount,
  });
  rollout.limitsSha256 = inspection.limitsSha256;
  for (const { image, verdict } of inspection.verdicts) {
    if (verdict.action === 'UNCHANGED') rollout.counts = moveCounts(rollout.counts, 'PENDING', 'UNCHANGED');
    if (verdict.action !== 'BLOCKED') continue;
    rollout.counts = moveCounts(rollout.counts, 'PENDING', 'SKIPPED');
    addFailures(rollout, [{ imageArn: image, code: verdict.code, detail: verdict.detail }]);
  }
  return inspection.verdicts.filter(({ verdict }) => verdict.action === 'CHANGE').map(({ image }) => image);
}

function slicesOf(images: readonly ImageArn[]): readonly (readonly ImageArn[])[] {
  return Array.from({ length: Math.ceil(images.length / imagesPerInspection) }, (_, index) =>
    images.slice(index * imagesPerInspection, (index + 1) * imagesPerInspection),
  );
}

async function rolloutBatches(rollout: Rollout, images: readonly ImageArn[]): Promise<void> {
  rollout.state = 'RUNNING';
  showDetails(statusOf(rollout));
  const { maxConcurrentCount } = rollout.input.spec.strategy;
  const most = Math.min(mostOpenBatches, maxConcurrentCount);
  const running: Promise<void>[] = [];
  void keepLimits(rollout);
  try {
    for (const slice of planBatches(images)) {
      await condition(() => openBatches(rollout).length < most || isStopped(rollout));
      if (isStopped(rollout)) break;
      running.push(rolloutOneBatch(rollout, slice));
    }
  } finally {
    // After a cancel too: the batches end by themselves, and what they report is part of the result.
    await Promise.all(running);
  }
}

async function rolloutOneBatch(rollout: Rollout, images: readonly ImageArn[]): Promise<void> {
  const { workflowId: rootId, runId } = workflowInfo();
  const { rolloutName } = rollout.input.spec;
  const workflowId = batchWorkflowId(rolloutName, runId, waveName, rollout.batches.length + 1);
  const batch: OpenBatch = { workflowId, imageCount: images.length, failureCount: 0, outcome: null, told: null };
  rollout.batches.push(batch);
  const limit = limitsOf(rollout).at(-1) ?? { isStopped: true, lanes: 0, failureBudget: 0 };
  batch.told = limit;
  const { spec } = rollout.input;
  try {
    batch.outcome = await runChild(() =>
      startBatch(workflowId, {
        rolloutName,
        waveName,
        images: compactImageSet(images),
        policy: rollout.policy,
        options: spec.options,
        onConflict: spec.strategy.onConflict,
        limit,
        root: { workflowId: rootId, runId },
      }),
    );
  } catch (error) {
    // A batch was terminated: its images finish or compensate by themselves, and the next rollout looks at them.
    const detail = error instanceof Error ? error.message : String(error);
    const lost = moveCounts(pendingCounts(images.length), 'PENDING', 'FAILED', images.length);
    const [imageArn = ''] = images;
    batch.outcome = { counts: lost, failures: [{ imageArn, code: 'internal', detail: `${workflowId}: ${detail}` }] };
  }
  batch.failureCount = failureCount(batch.outcome.counts);
  rollout.counts = settlePending(rollout.counts, batch.outcome.counts);
  addFailures(rollout, batch.outcome.failures);
  showDetails(statusOf(rollout));
}

function startBatch(workflowId: string, input: BatchInput): Promise<ChildWorkflowHandle<typeof rolloutBatch>> {
  return startChild(rolloutBatch, {
    args: [input],
    workflowId,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: `${imageCount(input.images)} images of ${input.rolloutName}`,
    typedSearchAttributes: [
      { key: rolloutNameAttribute, value: input.rolloutName },
      { key: rolloutWaveAttribute, value: input.waveName },
    ],
  });
}

/** Tells each open batch its limit whenever it changes, as long as there is work. */
async function keepLimits(rollout: Rollout): Promise<void> {
  try {
    for (;;) {
      await condition(() => changedLimits(rollout).length > 0);
      for (const { batch, limit } of changedLimits(rollout)) {
        batch.told = limit;
        await getExternalWorkflowHandle(batch.workflowId)
          .signal(limitSignal, limit)
          // It has just ended.
          .catch(() => undefined);
      }
      showDetails(statusOf(rollout));
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

function changedLimits(rollout: Rollout): readonly { readonly batch: OpenBatch; readonly limit: BatchLimit }[] {
  const limits = limitsOf(rollout);
  return rollout.batches.flatMap((batch, index) => {
    const limit = limits[index];
    if (batch.outcome !== null || limit === undefined) return [];
    return JSON.stringify(limit) === JSON.stringify(batch.told) ? [] : [{ batch, limit }];
  });
}

function limitsOf(rollout: Rollout): readonly BatchLimit[] {
  const tallies = rollout.batches.map(tallyOf);
  return allowances(rollout.input.spec.strategy, tallies).map((allowance) => ({
    ...allowance,
    isStopped: isStopped(rollout),
  }));
}

function isStopped({ batches, input }: Rollout): boolean {
  return isToleranceExceeded(input.spec.strategy.failureToleranceCount, batches.map(tallyOf));
}

function tallyOf({ failureCount: count, outcome }: OpenBatch): BatchTally {
  return { failureCount: count, isOpen: outcome === null };
}

function openBatches({ batches }: Rollout): readonly OpenBatch[] {
  return batches.filter(({ outcome }) => outcome === null);
}

function addFailures(rollout: Rollout, failures: readonly FailureSummary[]): void {
  rollout.failures = [...rollout.failures, ...failures].slice(0, mostFailures);
}

function statusOf(rollout: Rollout): RolloutStatus {
  const isEnding = rollout.state === 'RUNNING' && (isStopped(rollout) || rollout.work.consideredCancelled);
  return {
    rolloutName: rollout.input.spec.rolloutName,
    state: isEnding ? 'STOPPING' : rollout.state,
    counts: rollout.counts,
    failures: rollout.failures,
    openBatches: openBatches(rollout).map(({ workflowId }) => workflowId),
    awaits: null,
  };
}

function outcomeOf(rollout: Rollout): RolloutOutcome {
  const { counts, failures, limitsSha256 } = rollout;
  rollout.counts = moveCounts(counts, 'PENDING', 'SKIPPED', counts.pending);
  rollout.state = endStateOf(rollout);
  showDetails(statusOf(rollout));
  return { state: rollout.state, counts: rollout.counts, failures, limitsSha256 };
}

function endStateOf(rollout: Rollout): RolloutState {
  const { state, work, counts } = rollout;
  if (state === 'REFUSED' || state === 'FAILED') return state;
  if (work.consideredCancelled) return 'ABORTED';
  if (isStopped(rollout)) return 'STOPPED';
  return counts.succeeded + counts.unchanged + counts.inconclusive === counts.total
    ? 'SUCCEEDED'
    : 'COMPLETED_WITH_FAILURES';
}

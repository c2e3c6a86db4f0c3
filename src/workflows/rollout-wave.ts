import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ChildWorkflowHandle } from '@temporalio/workflow';
import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { BatchInput, BatchOutcome } from '../contracts/batch.ts';
import type { BatchLimit } from '../contracts/messages.ts';
import { limitSignal } from '../contracts/messages.ts';
import { rolloutNameAttribute, rolloutWaveAttribute } from '../contracts/search-attributes.ts';
import { batchWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { openBatchCount, planBatches } from '../domain/batches.ts';
import { compactImageSet } from '../domain/image-set.ts';
import { failureCount, settlePending } from '../domain/image-state.ts';
import type { BatchTally } from '../domain/tolerance.ts';
import { allowances, freeSlot } from '../domain/tolerance.ts';
import { accountOf } from './activities.ts';
import { recordApplied } from './record-applied.ts';
import { rolloutBatch } from './rollout-batch.ts';
import { showDetails } from './rollout-details.ts';
import { pauseItself } from './rollout-gate.ts';
import type { BatchRecord, Rollout, WaveRecord } from './rollout-state.ts';
import {
  addFailures,
  countThrottled,
  failuresOfWave,
  failuresSoFar,
  isStopped,
  paceOf,
  statusOf,
  toleranceOfWave,
} from './rollout-state.ts';
import { optionsOf } from './rollout-options.ts';
import { runChild } from './run-child.ts';

/** A wave that is being rolled out. */
interface OpenWave {
  readonly rollout: Rollout;
  readonly wave: WaveRecord;
  /** Between which the lanes are split. */
  readonly slotCount: number;
  waitingCount: number;
}

/** Changes the images of a wave, batch by batch, and ends when all that was started has ended. */
export async function rolloutWave(rollout: Rollout, wave: WaveRecord): Promise<void> {
  wave.state = 'RUNNING';
  showDetails(statusOf(rollout));
  const slices = planBatches(wave.plan.images);
  const slotCount = openBatchCount(paceOf(rollout), slices.length);
  const open: OpenWave = { rollout, wave, slotCount, waitingCount: slices.length };
  const running: Promise<void>[] = [];
  const steering = steer(open);
  try {
    for (const slice of slices) {
      await condition(() => nextSlot(open) !== null || isStopped(rollout));
      const slot = nextSlot(open);
      if (isStopped(rollout) || slot === null) break;
      open.waitingCount -= 1;
      running.push(runBatch(open, slice, slot));
    }
  } finally {
    // After a cancel too: the batches end by themselves, and what they report is part of the result.
    await Promise.all(running);
    wave.state = 'DONE';
    await steering;
  }
}

function nextSlot({ rollout, wave, slotCount }: OpenWave): number | null {
  return rollout.control.isPaused ? null : freeSlot(paceOf(rollout), talliesOf(wave), slotCount);
}

function talliesOf({ batches }: WaveRecord): readonly BatchTally[] {
  return batches.map((batch) => ({ ...batch, isOpen: batch.outcome === null }));
}

async function runBatch(open: OpenWave, images: readonly ImageArn[], slot: number): Promise<void> {
  const { rollout, wave } = open;
  const { spec } = rollout.input;
  const { workflowId: rootId, runId, firstExecutionRunId } = workflowInfo();
  // Where somebody has reset the rollout its run is another one, and what its history says of its batches has to stay true.
  const { name } = wave.plan.spec;
  const workflowId = batchWorkflowId(spec.rolloutName, firstExecutionRunId, name, wave.batches.length + 1);
  const batch: BatchRecord = {
    workflowId,
    hasStarted: false,
    failureCount: 0,
    compensationFailedCount: 0,
    images,
    slot,
    lastRunning: null,
    outcome: null,
    told: null,
  };
  wave.batches.push(batch);
  // Its lanes are told to it when it has started: a pause may come before that, and its first task would not know of it.
  const limit = { ...(limitsOf(open).get(batch) ?? { isStopped: true, failureBudget: 0 }), lanes: 0 };
  batch.told = limit;
  const input: BatchInput = {
    rolloutName: spec.rolloutName,
    waveName: wave.plan.spec.name,
    images: compactImageSet(images),
    policy: rollout.policy,
    options: optionsOf(rollout.input),
    ...(rollout.earlier === undefined ? {} : { earlier: rollout.earlier }),
    manifestSha256: spec.manifestSha256,
    onConflict: spec.strategy.onConflict,
    limit,
    root: { workflowId: rootId, runId },
  };
  const outcome = await outcomeOfBatch(batch, input, images.length);
  batch.failureCount = failureCount(outcome.counts);
  batch.compensationFailedCount = outcome.counts.compensationFailed;
  batch.outcome = outcome;
  rollout.counts = settlePending(rollout.counts, outcome.counts);
  wave.counts = settlePending(wave.counts, outcome.counts);
  countThrottled(rollout, outcome);
  addFailures(rollout, outcome.failures);
  showDetails(statusOf(rollout));
}

async function outcomeOfBatch(batch: BatchRecord, input: BatchInput, imageCount: number): Promise<BatchOutcome> {
  try {
    return await runChild(async () => {
      const child = await startUnderFreeId(batch, input, imageCount);
      batch.hasStarted = true;
      return child;
    });
  } catch {
    return CancellationScope.nonCancellable(() => accountFor(batch.workflowId, input));
  }
}

/** A batch that was ended from outside has no outcome, and wrote nothing down: its images finish or go back by themselves. */
async function accountFor(workflowId: string, input: BatchInput): Promise<BatchOutcome> {
  const { images, onConflict, root } = input;
  const { accountForBatch } = accountOf(`wait for the images of ${workflowId}`);
  const { outcome, ended } = await accountForBatch({ workflowId, images, onConflict });
  await recordApplied({ ...input, runId: root.runId }, ended);
  return outcome;
}

/**
 * A rollout that was reset to before a batch finds it at work: one with an id of its own follows, and waits for the images
 * that the other is working on.
 */
async function startUnderFreeId(
  batch: BatchRecord,
  input: BatchInput,
  imageCount: number,
): Promise<ChildWorkflowHandle<typeof rolloutBatch>> {
  const firstId = batch.workflowId;
  for (let next = 2; ; next += 1) {
    try {
      return await startBatch(batch.workflowId, input, imageCount);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      batch.workflowId = `${firstId}-${next}`;
    }
  }
}

function startBatch(
  workflowId: string,
  input: BatchInput,
  imageCount: number,
): Promise<ChildWorkflowHandle<typeof rolloutBatch>> {
  return startChild(rolloutBatch, {
    args: [input],
    workflowId,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: `${imageCount} images of ${input.rolloutName}, wave ${input.waveName}`,
    typedSearchAttributes: [
      { key: rolloutNameAttribute, value: input.rolloutName },
      { key: rolloutWaveAttribute, value: input.waveName },
    ],
  });
}

/** Tells each open batch its limit whenever it changes; pauses the rollout at the first undo that failed. */
async function steer(open: OpenWave): Promise<void> {
  const { rollout, wave } = open;
  try {
    while (wave.state === 'RUNNING') {
      await condition(() => changedLimits(open).length > 0 || mustPause(open) || wave.state !== 'RUNNING');
      if (mustPause(open)) {
        rollout.hasPausedItself = true;
        pauseItself(rollout, 'the undo of an image failed: see the runbook in the report');
      }
      for (const { batch, limit } of changedLimits(open)) {
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

function mustPause({ rollout, wave }: OpenWave): boolean {
  const { hasPausedItself, control: now, counts } = rollout;
  if (hasPausedItself || now.isPaused || isStopped(rollout) || counts.pending === 0) return false;
  return wave.batches.some(({ compensationFailedCount }) => compensationFailedCount > 0);
}

function changedLimits(open: OpenWave): readonly { readonly batch: BatchRecord; readonly limit: BatchLimit }[] {
  return [...limitsOf(open)]
    .filter(([batch]) => batch.hasStarted && batch.outcome === null)
    .filter(([batch, limit]) => JSON.stringify(limit) !== JSON.stringify(batch.told))
    .map(([batch, limit]) => ({ batch, limit }));
}

function limitsOf({ rollout, wave, slotCount, waitingCount }: OpenWave): ReadonlyMap<BatchRecord, BatchLimit> {
  const pace = paceOf(rollout);
  const { rateLimits } = rollout.control.strategy;
  const elsewhere = failuresSoFar(rollout) - failuresOfWave(wave);
  const failureToleranceCount = Math.min(pace.failureToleranceCount - elsewhere, toleranceOfWave(wave));
  const shares = allowances({ ...pace, failureToleranceCount }, talliesOf(wave), slotCount, waitingCount > 0);
  const isStrict = pace.concurrencyMode === 'STRICT_FAILURE_TOLERANCE';
  const limits = wave.batches.map((batch, index): [BatchRecord, BatchLimit] => {
    const { lanes, failureBudget } = shares[index] ?? { lanes: 0, failureBudget: 0 };
    const limit = {
      isStopped: isStopped(rollout),
      lanes: rollout.control.isPaused ? 0 : lanes,
      failureBudget,
      ...(isStrict ? { countedFailures: batch.failureCount } : {}),
      ...(rateLimits === undefined ? {} : { rateLimits }),
    };
    return [batch, limit];
  });
  return new Map(limits);
}

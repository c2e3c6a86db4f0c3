import { WorkflowNotFoundError } from '@temporalio/common';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { statusQuery } from '../contracts/messages.ts';
import type { RolloutHead, RolloutReport, StatusReport } from '../contracts/report.ts';
import type { RolloutOutcome, RolloutStatus } from '../contracts/rollout.ts';
import { isRolloutName, rolloutWorkflowId } from '../contracts/workflow-ids.ts';
import { errorText } from '../domain/error-text.ts';
import { AppError } from '../domain/errors.ts';
import { mostThrottledOfRollout, worstThrottled } from '../domain/throttled.ts';
import type { OpenBatch } from './batch-counts.ts';
import { withOpenBatches } from './batch-counts.ts';
import type { TemporalAccess } from './connection.ts';
import { heldUpBy, heldUpImage } from './held-up.ts';
import { readWorkflowInput } from './history.ts';
import { readReport } from './read-report.ts';
import { isRolloutInput } from './report.ts';
import { failuresIn } from './reported-failures.ts';
import { readRolloutMemo } from '../contracts/rollout-memo.ts';
import { noWorker, requireWorker } from './worker-presence.ts';

const minuteMs = 60_000;
// A rollout whose images are all under way for the first time is not at rest; to ask of each costs calls.
const patienceMs = 10_000;

/** Where a rollout stands; see `PolicyRolloutClient.status`. */
export async function rolloutStatus(
  access: TemporalAccess,
  rolloutName: string,
  runId?: string,
): Promise<StatusReport> {
  const description = await describeRollout(access, rolloutName, runId);
  const { name } = description.status;
  if (name === 'RUNNING' || name === 'PAUSED') return runningStatus(access, rolloutName, description);
  if (name === 'COMPLETED') return finishedStatus(access, rolloutName, description);
  // A run that was terminated or failed has no result; its history still tells what became of each image.
  const { images, ...report } = await readReport(access, rolloutName, description.runId);
  return {
    ...headOf(rolloutName, description),
    state: report.state,
    ...(report.error === undefined ? {} : { error: report.error }),
    counts: report.counts,
    limitsSha256: report.limitsSha256,
    finishedAt: report.finishedAt,
    failures: failuresIn(images),
    awaits: null,
    waves: report.waves.map(({ name, counts }) => ({ name, state: 'DONE', imageCount: counts.total, counts })),
    effective: null,
    imagesPerMinute: null,
    throttledCount: images.reduce((sum, { throttledCount = 0 }) => sum + throttledCount, 0),
    throttled: worstThrottled(
      images.flatMap(({ throttled = [] }) => throttled),
      mostThrottledOfRollout,
    ),
    messages: report.messages,
    heldUpBy: null,
  };
}

/** Describes the run of a rollout. Throws `rollout-not-found`. */
export async function describeRollout(
  { client, namespace, call }: TemporalAccess,
  rolloutName: string,
  runId?: string,
): Promise<WorkflowExecutionDescription> {
  try {
    // Another name, such as one with a slash, could be part of the id of a batch.
    if (!isRolloutName(rolloutName)) throw new WorkflowNotFoundError('not a name', rolloutName, runId);
    return await call(() => client.workflow.getHandle(rolloutWorkflowId(rolloutName), runId).describe());
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new AppError('rollout-not-found', `Namespace ${namespace} knows no rollout ${rolloutName}`, {
      item: rolloutName,
    });
  }
}

async function runningStatus(
  access: TemporalAccess,
  rolloutName: string,
  description: WorkflowExecutionDescription,
): Promise<StatusReport> {
  await requireWorker(access);
  const root = await queryStatus(access, description.workflowId, description.runId);
  const batches = await Promise.all(root.openBatches.map((workflowId) => queryOpenBatch(access, workflowId)));
  const status = withOpenBatches(
    root,
    batches.flatMap((batch) => batch ?? []),
  );
  const { state, counts, failures, throttledCount, throttled = [], awaits, waves, effective, messages, error } = status;
  const imagesPerMinute = await endedWithinAMinute(access, rolloutName);
  const openMs = Date.now() - description.startTime.getTime();
  const isAtRest = counts.running > 0 && imagesPerMinute === 0 && openMs > patienceMs;
  return {
    ...headOf(rolloutName, description),
    ...{ state, counts, failures, throttledCount, throttled, awaits, waves, effective, messages },
    imagesPerMinute,
    ...(error === undefined ? {} : { error }),
    limitsSha256: null,
    heldUpBy: (await heldUpBy(access, description)) ?? (isAtRest ? await heldUpImage(access, rolloutName) : null),
  };
}

/** The report of a run; of one that is open the root says where it stands, where a worker answers. Throws `rollout-not-found`. */
export async function reportOf(access: TemporalAccess, rolloutName: string, runId?: string): Promise<RolloutReport> {
  const description = await describeRollout(access, rolloutName, runId);
  // Asked before the history is read: a rollout that ends meanwhile is reported as ended.
  const now = await openStatus(access, description);
  const report = await readReport(access, rolloutName, description.runId);
  if (now === null || report.finishedAt !== null) return report;
  const { state, awaits, messages, error } = now;
  return { ...report, state, awaits, messages, ...(error === undefined ? {} : { error }) };
}

/** What an open root says; null where the run has ended, and without a worker, of which a report has no need. */
async function openStatus(
  access: TemporalAccess,
  { status: { name }, workflowId, runId }: WorkflowExecutionDescription,
): Promise<RolloutStatus | null> {
  if (name !== 'RUNNING' && name !== 'PAUSED') return null;
  try {
    await requireWorker(access);
    return await queryStatus(access, workflowId, runId);
  } catch (error) {
    if (error instanceof AppError && error.code === 'no-worker') return null;
    throw error;
  }
}

async function finishedStatus(
  access: TemporalAccess,
  rolloutName: string,
  description: WorkflowExecutionDescription,
): Promise<StatusReport> {
  const { client, call } = access;
  const handle = client.workflow.getHandle<() => Promise<RolloutOutcome>>(description.workflowId, description.runId);
  const outcome = await call(() => handle.result());
  const { throttled = [] } = outcome;
  const ended = { awaits: null, imagesPerMinute: null, heldUpBy: null };
  const earlier = await withEarlierRuns(access, rolloutName, description, outcome);
  return { ...headOf(rolloutName, description), effective: null, ...outcome, throttled, ...ended, ...earlier };
}

/** A redrive does not know how those images stand that it was given and left alone; the histories of all runs do. */
async function withEarlierRuns(
  access: TemporalAccess,
  rolloutName: string,
  { workflowId, runId }: WorkflowExecutionDescription,
  { counts: { skipped, failed, cancelled } }: RolloutOutcome,
): Promise<Partial<Pick<StatusReport, 'counts' | 'failures'>>> {
  if (skipped + failed + cancelled === 0) return {};
  const input = await access.call(() => readWorkflowInput(access.client, workflowId, runId));
  if (!isRolloutInput(input) || input.redrive === undefined) return {};
  const { counts, images } = await readReport(access, rolloutName, runId);
  return { counts, failures: failuresIn(images) };
}

async function queryStatus(access: TemporalAccess, workflowId: string, runId?: string): Promise<RolloutStatus> {
  try {
    return await access.call(() => access.client.workflow.getHandle(workflowId, runId).query(statusQuery));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw error;
    if (error instanceof AppError && error.code === 'payload-undecryptable') throw error;
    // Temporal itself has answered just before, so it is the worker that does not, or cannot run the workflow.
    throw noWorker(access, `${errorText(error)}: no answer from`, error);
  }
}

async function queryOpenBatch(access: TemporalAccess, workflowId: string): Promise<OpenBatch | null> {
  try {
    return { workflowId, status: await queryStatus(access, workflowId) };
  } catch (error) {
    // The root names a batch as soon as it has asked for its start.
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** How many images have ended of late. Temporal counts them, because the batches that have ended as well tell only their sums. */
async function endedWithinAMinute({ client, call }: TemporalAccess, rolloutName: string): Promise<number> {
  const since = new Date(Date.now() - minuteMs).toISOString();
  const query = `RolloutName = '${rolloutName}' AND WorkflowType = 'rolloutImage' AND CloseTime > '${since}'`;
  const { count } = await call(() => client.workflow.count(query));
  return count;
}

function headOf(
  rolloutName: string,
  { workflowId, runId, startTime, closeTime, memo }: WorkflowExecutionDescription,
): Omit<RolloutHead, 'state' | 'counts' | 'limitsSha256' | 'messages' | 'error'> {
  return {
    formatVersion: 1,
    rolloutName,
    workflowId,
    runId,
    startedAt: startTime.toISOString(),
    finishedAt: closeTime?.toISOString() ?? null,
    ...readRolloutMemo(memo),
  };
}

import { WorkflowNotFoundError } from '@temporalio/common';
import type { RolloutReport } from '../contracts/report.ts';
import { rolloutWorkflowId } from '../contracts/workflow-ids.ts';
import { AppError } from '../domain/errors.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import type { TemporalAccess } from './connection.ts';
import type { HistoryEvent } from './history.ts';
import { readHistory } from './history.ts';
import { mergedReport } from './merged-report.ts';
import type { RolloutHistories } from './report.ts';
import { batchesOf, buildReport, previousRunOf } from './report.ts';
import { writtenImages } from './written-images.ts';

// A batch's history of 200 images is some 600 KB; more at once gains nothing against one server.
const parallelReads = 8;
const historyTimeoutMs = 60_000;

/** Where histories are read; a worker reads them as well. */
export type HistoryAccess = Pick<TemporalAccess, 'client' | 'namespace' | 'call'>;

/** What the histories of a rollout tell. */
export interface ReadRollout {
  readonly report: RolloutReport;
  /** Images at which something of it may have stayed. */
  readonly written: CompactImageSet;
}

/** Reads the histories of a rollout and its batches, of all its runs. Throws `rollout-not-found`. */
export async function readRollout(access: HistoryAccess, rolloutName: string, runId: string): Promise<ReadRollout> {
  const runs = await readRuns(access, rolloutName, runId);
  return { report: runs.map(buildReport).reduce(mergedReport), written: writtenImages(runs) };
}

/** The report that the histories of a rollout make. Throws `rollout-not-found`. */
export async function readReport(access: HistoryAccess, rolloutName: string, runId: string): Promise<RolloutReport> {
  return (await readRollout(access, rolloutName, runId)).report;
}

/** A run and those that it has redriven, oldest first. */
async function readRuns(
  access: HistoryAccess,
  rolloutName: string,
  runId: string,
): Promise<readonly RolloutHistories[]> {
  const run = await readRun(access, rolloutName, runId);
  const previous = previousRunOf(run.root);
  return previous === null ? [run] : [...(await readRuns(access, rolloutName, previous)), run];
}

async function readRun(access: HistoryAccess, rolloutName: string, runId: string): Promise<RolloutHistories> {
  const workflowId = rolloutWorkflowId(rolloutName);
  const root = await readOrNull(access, workflowId, runId);
  if (root === null) {
    const detail = `Namespace ${access.namespace} has no history of the rollout ${rolloutName} any more`;
    throw new AppError('rollout-not-found', detail, { item: rolloutName });
  }
  const waiting = batchesOf(root).map((batch, index) => ({ ...batch, index }));
  const batches: { workflowId: string; events: readonly HistoryEvent[] }[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const events = await readOrNull(access, next.workflowId, next.runId);
      batches[next.index] = { workflowId: next.workflowId, events: events ?? [] };
    }
  };
  await Promise.all(Array.from({ length: parallelReads }, lane));
  return { rolloutName, workflowId, runId, root, batches };
}

async function readOrNull(
  { client, call }: HistoryAccess,
  workflowId: string,
  runId: string,
): Promise<readonly HistoryEvent[] | null> {
  try {
    return await call(() => readHistory(client, workflowId, runId), historyTimeoutMs);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

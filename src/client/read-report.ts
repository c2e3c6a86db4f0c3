import type { RolloutReport } from '../contracts/report.ts';
import { rolloutWorkflowId } from '../contracts/workflow-ids.ts';
import { AppError } from '../domain/errors.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { readBatch } from './batch-history.ts';
import type { HistoryAccess } from './kept-history.ts';
import { readKeptHistory } from './kept-history.ts';
import { mergedReport } from './merged-report.ts';
import type { RolloutHistories } from './report.ts';
import { batchesOf, buildReport, previousRunOf } from './report.ts';
import { writtenImages } from './written-images.ts';

// A batch's history of 200 images is some 600 KB; more at once gains nothing against one server.
const parallelReads = 8;

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
  const root = await readKeptHistory(access, workflowId, runId);
  if (root === null) {
    const detail = `Namespace ${access.namespace} has no history of the rollout ${rolloutName} any more`;
    throw new AppError('rollout-not-found', detail, { item: rolloutName });
  }
  const batches = await mapInLanes(batchesOf(root), parallelReads, (batch) => readBatch(access, batch));
  return { rolloutName, workflowId, runId, root, batches };
}

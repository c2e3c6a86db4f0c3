import type { RolloutReport } from '../contracts/report.ts';
import { rolloutWorkflowId } from '../contracts/workflow-ids.ts';
import { AppError } from '../domain/errors.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { readBatch } from './batch-history.ts';
import type { HistoryAccess } from './kept-history.ts';
import { readKeptHistory } from './kept-history.ts';
import { lostBatchIn } from './lost-batch.ts';
import { mergedReport, withForgottenRuns } from './merged-report.ts';
import type { RolloutHistories } from './report.ts';
import { batchesOf, buildReport, redriveIn } from './report.ts';
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
  return { report: reportOfRuns(runs), written: writtenImages(runs) };
}

/** The report that the histories of a rollout make. Throws `rollout-not-found`. */
export async function readReport(access: HistoryAccess, rolloutName: string, runId: string): Promise<RolloutReport> {
  return (await readRollout(access, rolloutName, runId)).report;
}

/**
 * The report of all runs of a rollout.
 *
 * @param runs - oldest first, at least one; where that one is a redrive itself, Temporal has forgotten those before it
 */
export function reportOfRuns([first, ...later]: readonly RolloutHistories[]): RolloutReport {
  if (first === undefined) throw new AppError('internal', 'A report needs a run');
  const redrive = redriveIn(first.root);
  const report = buildReport(first);
  const oldest = redrive === null ? report : withForgottenRuns(report, redrive);
  return later.map(buildReport).reduce(mergedReport, oldest);
}

/** A run and those that it has redriven, as far as Temporal knows them, oldest first. */
async function readRuns(
  access: HistoryAccess,
  rolloutName: string,
  runId: string,
): Promise<readonly RolloutHistories[]> {
  const runs: RolloutHistories[] = [];
  let next: string | null = runId;
  while (next !== null) {
    const run: RolloutHistories | null = await readRun(access, rolloutName, next);
    if (run !== null) runs.unshift(run);
    next = run === null ? null : (redriveIn(run.root)?.previousRunId ?? null);
  }
  if (runs.length > 0) return runs;
  const detail = `Namespace ${access.namespace} has no history of the rollout ${rolloutName} any more`;
  throw new AppError('rollout-not-found', detail, { item: rolloutName });
}

async function readRun(access: HistoryAccess, rolloutName: string, runId: string): Promise<RolloutHistories | null> {
  const workflowId = rolloutWorkflowId(rolloutName);
  const root = await readKeptHistory(access, workflowId, runId);
  if (root === null) return null;
  const batches = await mapInLanes(batchesOf(root), parallelReads, (batch) =>
    readBatch(access, batch, () => lostBatchIn(root, batch)),
  );
  return { rolloutName, workflowId, runId, root, batches };
}

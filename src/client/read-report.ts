import type { RolloutReport } from '../contracts/report.ts';
import { rolloutWorkflowId } from '../contracts/workflow-ids.ts';
import { AppError } from '../domain/errors.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { readBatch } from './batch-history.ts';
import type { HistoryAccess } from './kept-history.ts';
import { readKeptHistory } from './kept-history.ts';
import { mergedReport } from './merged-report.ts';
import { batchesOf, buildReport, previousRunOf } from './report.ts';

// A batch's history of 200 images is some 600 KB; more at once gains nothing against one server.
const parallelReads = 8;

/** Reads the histories of a rollout and its batches, of all its runs, and makes the report of them. Throws `rollout-not-found`. */
export async function readReport(access: HistoryAccess, rolloutName: string, runId: string): Promise<RolloutReport> {
  const workflowId = rolloutWorkflowId(rolloutName);
  const root = await readKeptHistory(access, workflowId, runId);
  if (root === null) {
    const detail = `Namespace ${access.namespace} has no history of the rollout ${rolloutName} any more`;
    throw new AppError('rollout-not-found', detail, { item: rolloutName });
  }
  const batches = await mapInLanes(batchesOf(root), parallelReads, (batch) =>
    readBatch(access, batch.workflowId, batch.runId),
  );
  const report = buildReport({ rolloutName, workflowId, runId, root, batches });
  const previous = previousRunOf(root);
  return previous === null ? report : mergedReport(await readReport(access, rolloutName, previous), report);
}

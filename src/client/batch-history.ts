import { mapInLanes } from '../domain/lanes.ts';
import type { HistoryEvent } from './history.ts';
import type { HistoryAccess } from './kept-history.ts';
import { readKeptHistory } from './kept-history.ts';
import type { LostBatch } from './lost-batch.ts';

const parallelReads = 8;

/** The decoded history of one image's run. */
export interface ImageHistory {
  readonly workflowId: string;
  readonly events: readonly HistoryEvent[];
}

/** What histories say of a batch. */
export interface BatchHistory {
  readonly workflowId: string;
  readonly events: readonly HistoryEvent[];
  /** Of images that outlived the batch, because it was ended from outside: it has not heard of their ends. */
  readonly outliving: readonly ImageHistory[];
  /** Where Temporal has forgotten it: it keeps a batch for a time that begins with the batch's own end, not the rollout's. */
  readonly lost?: LostBatch;
}

/**
 * Reads the history of a batch, and those of the images that outlived it. Of a batch that somebody has reset it is the last
 * run that went on.
 *
 * @param lost - gives what is known all the same of one that Temporal has forgotten
 */
export async function readBatch(
  access: HistoryAccess,
  workflowId: string,
  lost: () => LostBatch,
): Promise<BatchHistory> {
  const events = await readKeptHistory(access, workflowId);
  if (events === null) return { workflowId, events: [], outliving: [], lost: lost() };
  if (!isCutOff(events)) return { workflowId, events, outliving: [] };
  const read = await mapInLanes(unendedRuns(events), parallelReads, async (run) => {
    const own = await readKeptHistory(access, run.workflowId, run.runId);
    return own === null ? [] : [{ workflowId: run.workflowId, events: own }];
  });
  return { workflowId, events, outliving: read.flat() };
}

/** Whether a batch has ended without an outcome. */
export function isCutOff(batch: readonly HistoryEvent[]): boolean {
  return batch.some((event) => event.kind === 'ended' && event.how !== 'completed');
}

function unendedRuns(
  batch: readonly HistoryEvent[],
): readonly { readonly workflowId: string; readonly runId: string }[] {
  const runs = new Map<string, { readonly workflowId: string; readonly runId: string }>();
  for (const event of batch) {
    if (event.kind === 'child-started') runs.set(event.workflowId, event);
    if (event.kind === 'child-ended') runs.delete(event.workflowId);
  }
  return [...runs.values()];
}

import { WorkflowNotFoundError } from '@temporalio/common';
import type { TemporalAccess } from './connection.ts';
import type { HistoryEvent } from './history.ts';
import { readHistory } from './history.ts';

const historyTimeoutMs = 60_000;

/** Where histories are read; a worker reads them as well. */
export type HistoryAccess = Pick<TemporalAccess, 'client' | 'namespace' | 'call'>;

/** The events of a run that a report needs; null when Temporal has forgotten it. */
export async function readKeptHistory(
  { client, call }: HistoryAccess,
  workflowId: string,
  runId?: string,
): Promise<readonly HistoryEvent[] | null> {
  try {
    return await call(() => readHistory(client, workflowId, runId), historyTimeoutMs);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

import { WorkflowNotFoundError } from '@temporalio/common';
import { readRolloutMemo } from '../contracts/rollout-memo.ts';
import { rolloutWorkflowId, scheduleNameFrom } from '../contracts/workflow-ids.ts';
import type { RolloutRun } from '../domain/schedule-standing.ts';
import type { HistoryAccess } from './kept-history.ts';

/** A run as Temporal describes it. */
interface DescribedRun {
  readonly runId: string;
  readonly status: { readonly name: string };
  readonly startTime: Date;
  readonly memo?: Record<string, unknown>;
}

/** The runs of the rollouts of a name, newest first. The newest one is always among them, though lists are late. */
export async function rolloutRuns(
  { client, call }: HistoryAccess,
  rolloutName: string,
): Promise<readonly RolloutRun[]> {
  const workflowId = rolloutWorkflowId(rolloutName);
  const runs = new Map<string, DescribedRun>();
  await call(async () => {
    for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.set(run.runId, run);
  });
  try {
    const newest = await call(() => client.workflow.getHandle(workflowId).describe());
    runs.set(newest.runId, newest);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  return [...runs.values()]
    .sort((left, right) => right.startTime.getTime() - left.startTime.getTime())
    .map(({ memo, startTime, status }) => {
      const { startedBy, manifestSha256 } = readRolloutMemo(memo);
      return {
        startedBy,
        isScheduled: scheduleNameFrom(startedBy) !== null,
        manifestSha256,
        startedAt: startTime.toISOString(),
        isOpen: status.name === 'RUNNING' || status.name === 'PAUSED',
      };
    });
}

import type { ScheduleExecutionResult } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { ScheduledOutcome, ScheduledRun } from '../contracts/schedule.ts';
import type { TemporalAccess } from './connection.ts';

/** The runs of a schedule that Temporal still names, newest first. */
export async function recentRuns(
  access: TemporalAccess,
  recentActions: readonly ScheduleExecutionResult[],
): Promise<readonly ScheduledRun[]> {
  const runs = await Promise.all(recentActions.map((run) => runOf(access, run)));
  return runs.flat().reverse();
}

/** Nothing where its history is gone. */
async function runOf(
  { client, call }: TemporalAccess,
  { scheduledAt, action: { workflow } }: ScheduleExecutionResult,
): Promise<readonly ScheduledRun[]> {
  const { workflowId, firstExecutionRunId: runId } = workflow;
  const handle = client.workflow.getHandle(workflowId, runId);
  try {
    const { status } = await call(() => handle.describe());
    // The workflow of our schedules has no other result.
    const result = status.name === 'COMPLETED' ? ((await call(() => handle.result())) as ScheduledOutcome) : null;
    const outcome = result === null ? null : withoutRepairs(result);
    return [{ workflowId, runId, scheduledAt: scheduledAt.toISOString(), status: status.name, outcome }];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

// What a run hands to the next one is no news to people.
function withoutRepairs(result: ScheduledOutcome): Omit<ScheduledOutcome, 'repairs'> {
  const { kind, detail, startedAt, counts, notable, images, rollout, error } = result;
  return {
    kind,
    detail,
    startedAt,
    counts,
    notable,
    images,
    ...(rollout === undefined ? {} : { rollout }),
    ...(error === undefined ? {} : { error }),
  };
}

import { WorkflowNotFoundError } from '@temporalio/common';
import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import type { Origin } from '../contracts/messages.ts';
import { abortUpdate } from '../contracts/messages.ts';
import type { TemporalAccess } from './connection.ts';
import { describeRollout } from './rollout-status.ts';
import { noWorker, requireWorker } from './worker-presence.ts';

/** Asks a rollout to end; see `PolicyRolloutClient.abort`. */
export async function abortRollout(access: TemporalAccess, rolloutName: string, origin: Origin): Promise<boolean> {
  const { workflowId, runId, status } = await describeRollout(access, rolloutName);
  if (status.name !== 'RUNNING') return false;
  await requireWorker(access);
  const { client, call } = access;
  try {
    const handle = client.workflow.getHandle(workflowId, runId);
    return await call(() => handle.executeUpdate(abortUpdate, { args: [origin] }));
  } catch (error) {
    // It may have ended between the two calls.
    if (error instanceof WorkflowNotFoundError) return false;
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) throw noWorker(access, 'No worker answers from');
    throw error;
  }
}

import type { Client } from '@temporalio/client';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { addHoldUpdate, removeHoldUpdate } from '../contracts/messages.ts';
import type { HoldsInput } from '../contracts/holds.ts';
import type { Origin } from '../contracts/requests.ts';
import { holdsWorkflowId } from '../contracts/workflow-ids.ts';
import { AppError, isErrorCode } from '../domain/errors.ts';
import type { Hold } from '../domain/holds.ts';
import type { QueueAccess } from './worker-presence.ts';
import { isUnansweredUpdate } from './temporal-errors.ts';
import { requireWorker, unanswered } from './worker-presence.ts';

/** Keeps a hold; see `PolicyRolloutClient.addHold`. */
export function addHold(access: QueueAccess, hold: Hold): Promise<boolean> {
  return tell(access, hold.name, (startWorkflowOperation) =>
    access.client.workflow.executeUpdateWithStart(addHoldUpdate, { args: [hold], startWorkflowOperation }),
  );
}

/** Forgets a hold; see `PolicyRolloutClient.removeHold`. */
export async function removeHold(access: QueueAccess, name: string, origin: Origin): Promise<void> {
  await tell(access, name, (startWorkflowOperation) =>
    access.client.workflow.executeUpdateWithStart(removeHoldUpdate, { args: [name, origin], startWorkflowOperation }),
  );
}

/** All holds, expired ones too, as their workflow's memo has them; also when that was terminated. Needs no worker. */
export async function readHolds(client: Client, taskQueue: string): Promise<readonly Hold[]> {
  try {
    const { memo } = await client.workflow.getHandle(holdsWorkflowId(taskQueue)).describe();
    const holds: unknown = memo?.['holds'];
    // Written by `keepHolds` alone.
    return Array.isArray(holds) ? (holds as readonly Hold[]) : [];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

type KeepHolds = (input: HoldsInput) => Promise<never>;
type Starting = WithStartWorkflowOperation<KeepHolds>;

async function tell(
  access: QueueAccess,
  name: string,
  update: (starting: Starting) => Promise<boolean>,
): Promise<boolean> {
  await requireWorker(access);
  const { client, taskQueue, call } = access;
  try {
    // Whoever terminated the workflow did not say that nothing is held any more.
    const holds = await call(() => readHolds(client, taskQueue));
    return await call(() => update(startOf(taskQueue, holds)));
  } catch (error) {
    if (isUnansweredUpdate(error)) throw unanswered(access);
    throw refusalIn(name, error) ?? error;
  }
}

function startOf(taskQueue: string, holds: readonly Hold[]): Starting {
  return new WithStartWorkflowOperation<KeepHolds>('keepHolds', {
    workflowId: holdsWorkflowId(taskQueue),
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue,
    args: [{ holds }],
    memo: { holds },
    staticSummary: 'What may not be changed now, and who must not be given access',
    staticDetails:
      'Read before every write of every rollout. Change it with `policy-rollout holds add` and `holds remove`.',
  });
}

function refusalIn(item: string, error: unknown): AppError | null {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return null;
  const { type, message } = error.cause;
  return isErrorCode(type ?? '') ? new AppError(type as AppError['code'], message, { item }) : null;
}

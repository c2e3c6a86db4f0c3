import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import type { Origin, Request } from '../contracts/requests.ts';
import {
  abortUpdate,
  advanceUpdate,
  approveUpdate,
  pauseUpdate,
  rejectUpdate,
  resumeUpdate,
  setStrategyUpdate,
} from '../contracts/messages.ts';
import { AppError, isErrorCode } from '../domain/errors.ts';
import type { TemporalAccess } from './connection.ts';
import { describeRollout } from './rollout-status.ts';
import { isUnansweredUpdate } from './temporal-errors.ts';
import { requireWorker, unanswered } from './worker-presence.ts';

const updates = {
  pause: pauseUpdate,
  resume: resumeUpdate,
  approve: approveUpdate,
  reject: rejectUpdate,
  advance: advanceUpdate,
} as const;

/** Asks something of a rollout that runs; see `PolicyRolloutClient.ask`. */
export async function askRollout(
  access: TemporalAccess,
  rolloutName: string,
  request: Request,
  origin: Origin,
): Promise<boolean> {
  const { workflowId, runId, status, closeTime } = await describeRollout(access, rolloutName);
  if (status.name !== 'RUNNING') throw finished(rolloutName, closeTime);
  await requireWorker(access);
  const { client, call } = access;
  try {
    const handle = client.workflow.getHandle(workflowId, runId);
    return await call(() => send(handle, request, origin));
  } catch (error) {
    // It may have ended between the two calls.
    if (error instanceof WorkflowNotFoundError) throw finished(rolloutName);
    if (isUnansweredUpdate(error)) throw unanswered(access);
    throw refusalIn(rolloutName, error) ?? error;
  }
}

function send(handle: WorkflowHandle, request: Request, origin: Origin): Promise<boolean> {
  if (request.kind === 'set') return handle.executeUpdate(setStrategyUpdate, { args: [origin, request.strategy] });
  if (request.kind === 'abort') {
    return handle.executeUpdate(abortUpdate, { args: [origin, { isUndoing: request.isUndoing }] });
  }
  return handle.executeUpdate(updates[request.kind], { args: [origin] });
}

function finished(rolloutName: string, at?: Date): AppError {
  const when = at === undefined ? '' : ` at ${at.toISOString()}`;
  return new AppError('rollout-finished', `The rollout ${rolloutName} has ended${when}`, { item: rolloutName });
}

/** What a validator of the rollout said against the request. */
function refusalIn(rolloutName: string, error: unknown): AppError | null {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return null;
  const { message } = error.cause;
  const type = error.cause.type ?? '';
  return isErrorCode(type) ? new AppError(type, message, { item: rolloutName }) : null;
}

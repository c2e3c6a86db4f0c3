import { ApplicationFailure } from '@temporalio/common';
import { isGrpcDeadlineError, WorkflowFailedError } from '@temporalio/client';
import type { ImageOutcome } from '../contracts/image.ts';
import type { ImageReport } from '../contracts/report.ts';
import { imageWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { errorText } from '../domain/error-text.ts';
import { AppError } from '../domain/errors.ts';
import type { TemporalAccess } from './connection.ts';
import { outcomeOfFailure, reportedOutcome } from './reported-outcome.ts';

/** Waits for the end of an image's transaction; see `PolicyRolloutClient.imageOutcome`. */
export async function imageOutcome(
  access: TemporalAccess,
  image: ImageArn,
  runId: string,
  timeoutMs: number,
): Promise<ImageReport> {
  const workflowId = imageWorkflowId(image);
  const outcome = await resultOf(access, workflowId, runId, timeoutMs).catch((error: unknown) =>
    failedOutcome(image, error),
  );
  return { formatVersion: 1, workflowId, runId, ...reportedOutcome(outcome) };
}

async function resultOf(
  { client, call }: TemporalAccess,
  workflowId: string,
  runId: string,
  timeoutMs: number,
): Promise<ImageOutcome> {
  const handle = client.workflow.getHandle<() => Promise<ImageOutcome>>(workflowId, runId);
  // A deadline must fit into a date that gRPC takes.
  return call(() => handle.result(), Math.min(timeoutMs, longestWaitMs));
}

const longestWaitMs = 7 * 86_400_000;

function failedOutcome(image: ImageArn, error: unknown): ImageOutcome {
  if (error instanceof AppError && isGrpcDeadlineError(error.context.cause)) {
    throw new AppError('wait-timed-out', `The transaction of ${image} has not ended`, { item: image });
  }
  if (!(error instanceof WorkflowFailedError)) throw error;
  const { cause } = error;
  const failure =
    cause instanceof ApplicationFailure
      ? { type: cause.type ?? null, message: cause.message, details: cause.details ?? [] }
      : { type: null, message: errorText(error), details: [] };
  return outcomeOfFailure(image, failure);
}

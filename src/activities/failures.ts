import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { StepFailure } from '../contracts/activities.ts';
import type { AppError } from '../domain/errors.ts';
import { errorCodes } from '../domain/errors.ts';
import type { StepRecord } from './record.ts';

// A failure in mutable state is cut at 4 KB, details included.
const longestDetail = 600;

/** The failure after which a step is tried again: expected, so it is no error in logs and metrics. */
export function retryableFailure(error: AppError, delayMs: number): ApplicationFailure {
  const isBenign = errorCodes[error.code].retry === 'not-yet' || errorCodes[error.code].retry === 'throttled';
  return ApplicationFailure.create({
    type: error.code,
    message: error.message.slice(0, longestDetail),
    nextRetryDelay: delayMs,
    ...(isBenign ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}

/** The failure that ends a step for good, with all that the workflow has to know for the undo. */
export function finalFailure(error: AppError, { hasWritten, requestIds, memory }: StepRecord): ApplicationFailure {
  const { requestId } = error.context;
  const failure: StepFailure = {
    code: error.code,
    detail: error.message.slice(0, longestDetail),
    ...(requestId === undefined ? {} : { requestId }),
    hasWritten,
    requestIds,
    ownShareArns: memory.ownShareArns,
  };
  return ApplicationFailure.create({
    type: error.code,
    message: failure.detail,
    nonRetryable: true,
    details: [failure],
  });
}

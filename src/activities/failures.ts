import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import type { StepFailure } from '../contracts/activities.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import type { StepRecord } from './record.ts';
import { throttlingOf } from './record.ts';

// A failure in mutable state is cut at 4 KB, details included.
const longestDetail = 600;

/**
 * The failure after which a step is tried again: expected, so it is no error in logs and metrics. It is the last one where
 * the step is cancelled, or its time ends, before the next attempt; so it carries what the undo has to know.
 */
export function retryableFailure(error: AppError, record: StepRecord, delayMs: number): ApplicationFailure {
  const isBenign = errorCodes[error.code].retry === 'not-yet' || errorCodes[error.code].retry === 'throttled';
  return withoutStack(
    ApplicationFailure.create({
      type: error.code,
      message: error.message.slice(0, longestDetail),
      nextRetryDelay: delayMs,
      details: [stepFailure(error, record)],
      ...(isBenign ? { category: ApplicationFailureCategory.BENIGN } : {}),
    }),
  );
}

/** The failure that ends a step for good, with all that the workflow has to know for the undo. */
export function finalFailure(error: AppError, record: StepRecord): ApplicationFailure {
  return withoutStack(
    ApplicationFailure.create({
      type: error.code,
      message: error.message.slice(0, longestDetail),
      nonRetryable: true,
      details: [stepFailure(error, record)],
    }),
  );
}

/** What a step that was cancelled leaves behind. */
export function cancellation(record: StepRecord): CancelledFailure {
  const error = new AppError('cancelled', 'The step was cancelled');
  return new CancelledFailure(error.message, [stepFailure(error, record)]);
}

// Every failure stays in the history; a stack there is longer than all that people read.
function withoutStack(failure: ApplicationFailure): ApplicationFailure {
  failure.stack = '';
  return failure;
}

function stepFailure({ code, context }: AppError, record: StepRecord): Omit<StepFailure, 'detail'> {
  const { hasWritten, unansweredUntilMs, requestIds, memory } = record;
  const { requestId } = context;
  return {
    code,
    ...(requestId === undefined ? {} : { requestId }),
    hasWritten,
    ...(unansweredUntilMs === 0 ? {} : { unansweredUntil: new Date(unansweredUntilMs).toISOString() }),
    requestIds,
    ownShareArns: memory.ownShareArns,
    ...throttlingOf(record),
  };
}

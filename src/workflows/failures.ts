import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { StepFailure } from '../contracts/activities.ts';
import type { ImageError } from '../contracts/image.ts';
import { isErrorCode } from '../domain/errors.ts';
import type { Visibility } from '../domain/visibility.ts';

// The rest is in the verdicts.
const mostNamed = 5;

/** What the failure of a step says to the undo. Where nothing is known, something may have been written. */
export function stepFailureOf(error: unknown): StepFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  // Behind a timeout stands the failure of the last attempt.
  const last = cause instanceof TimeoutFailure ? cause.cause : cause;
  const carried = carriedBy(last);
  if (carried !== null) return { ...carried, detail: textOf(last) };
  const unknown = { hasWritten: 'maybe', requestIds: [], ownShareArns: [] } as const;
  if (isCancellation(error)) return { ...unknown, code: 'cancelled', detail: 'The image was cancelled' };
  if (cause instanceof TimeoutFailure) {
    return { ...unknown, code: 'aws-unavailable', detail: `${activityOf(error)} did not end in its time` };
  }
  const type = cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
  return { ...unknown, code: isErrorCode(type) ? type : 'internal', detail: textOf(cause) };
}

function carriedBy(failure: unknown): Omit<StepFailure, 'detail'> | null {
  if (!(failure instanceof ApplicationFailure || failure instanceof CancelledFailure)) return null;
  const carried: unknown = failure.details?.[0];
  return isStepFailure(carried) ? carried : null;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function activityOf(error: unknown): string {
  return error instanceof ActivityFailure ? error.activityType : 'A step';
}

function isStepFailure(value: unknown): value is Omit<StepFailure, 'detail'> {
  return typeof value === 'object' && value !== null && 'code' in value && 'hasWritten' in value;
}

/** The error of an outcome. */
export function errorOf({ code, detail, requestId }: StepFailure): ImageError {
  return requestId === undefined ? { code, detail } : { code, detail, requestId };
}

/** What a proof comes to in which principals do not see the image. */
export function notVisible(verdicts: readonly Visibility[]): StepFailure {
  const blind = verdicts.filter(({ verdict }) => verdict === 'NOT_VISIBLE').map(({ principal }) => principal);
  const more = blind.length > mostNamed ? ` and ${blind.length - mostNamed} more` : '';
  const detail = `${blind.slice(0, mostNamed).join(', ')}${more} cannot see the image`;
  return { code: 'not-visible', detail, hasWritten: 'no', requestIds: [], ownShareArns: [] };
}

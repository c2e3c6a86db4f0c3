import type { ImageOutcome } from '../contracts/image.ts';
import type { ImageReport, ReportedError } from '../contracts/report.ts';
import { errorCodes, isErrorCode } from '../domain/errors.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { HistoryFailure } from './history.ts';

type ReportedOutcome = Omit<ImageReport, 'formatVersion' | 'workflowId' | 'runId'>;

/** An error with the words of the registry. */
export function reportedError(code: ErrorCode, detail: string, requestId?: string): ReportedError {
  const { title, hint } = errorCodes[code];
  return { code, title, detail, hint, ...(requestId === undefined ? {} : { requestId }) };
}

/** An outcome as reports show it. */
export function reportedOutcome(outcome: ImageOutcome): ReportedOutcome {
  const { error, hasWritten, ...shown } = outcome;
  if (error === undefined) return shown;
  const reported = reportedError(error.code, error.detail, error.requestId);
  if (outcome.state !== 'CANCELLED') return { ...shown, error: reported };
  return { ...shown, error: { ...reported, hint: `${fateOfCancelled(hasWritten)} ${reported.hint}` } };
}

// An image that could not be put back is COMPENSATION_FAILED instead.
function fateOfCancelled(hasWritten: boolean): string {
  return hasWritten ? 'What had been written was put back.' : 'Nothing had been written.';
}

/**
 * The outcome that a failed image workflow carries in its failure. Of a failure of another kind nobody knows how far the
 * transaction came, so a person has to look.
 */
export function outcomeOfFailure(image: string, failure: HistoryFailure | null): ImageOutcome {
  const carried = failure?.details[0];
  if (isImageOutcome(carried)) return carried;
  const code =
    failure?.type !== undefined && failure.type !== null && isErrorCode(failure.type) ? failure.type : 'internal';
  return {
    ...emptyOutcome(image),
    state: 'COMPENSATION_FAILED',
    hasWritten: true,
    error: { code, detail: failure?.message ?? 'The workflow failed' },
  };
}

/** An image of which nothing is known. */
export function emptyOutcome(imageArn: string): Omit<ReportedOutcome, 'state' | 'error'> {
  return { imageArn, grantsSha256: { before: null, after: null }, shareArns: [], requestIds: [], visibility: [] };
}

/** Whether a decoded payload is the outcome of an image: what tells the kinds apart is enough. */
export function isImageOutcome(value: unknown): value is ImageOutcome {
  return (
    typeof value === 'object' &&
    value !== null &&
    'imageArn' in value &&
    typeof value.imageArn === 'string' &&
    'state' in value &&
    typeof value.state === 'string'
  );
}

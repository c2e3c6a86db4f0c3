import type { ImageReport, StatusReport } from '../contracts/report.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import type { ImageCounts, RolloutState } from '../domain/image-state.ts';

/** What a finished command tells its caller; codes of errors stand in the registry of errors. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  differences: 2,
  someFailed: 3,
  stoppedHalfWay: 4,
  personNeeded: 5,
  waits: 6,
  refused: 7,
  unreachable: 69,
  interrupted: 130,
} as const;

// Null: the images decide.
const ofRolloutState: Readonly<Record<RolloutState, number | null>> = {
  PLANNING: exitCodes.waits,
  RUNNING: exitCodes.waits,
  SOAKING: exitCodes.waits,
  WAITING_FOR_APPROVAL: exitCodes.waits,
  PAUSED: exitCodes.waits,
  STOPPING: exitCodes.waits,
  SUCCEEDED: null,
  COMPLETED_WITH_FAILURES: null,
  STOPPED: exitCodes.stoppedHalfWay,
  ABORTED: exitCodes.stoppedHalfWay,
  REFUSED: exitCodes.refused,
  FAILED: exitCodes.unexpected,
};

/** What an exit code is told from. */
type Followed = Pick<StatusReport, 'state' | 'counts' | 'failures' | 'error'> & {
  /** Empty until every image was looked at. */
  readonly waves: readonly unknown[];
};

/** The exit code of a command that followed a rollout up to this status. */
export function exitCodeOfRollout(status: Followed): number {
  const { state, counts, error, waves } = status;
  if (counts.compensationFailed > 0) return exitCodes.personNeeded;
  if (hasReachedNobody(status)) return exitCodes.unreachable;
  if (error !== undefined) {
    const { exitCode } = errorCodes[error.code];
    // A code that speaks of one image does not when the whole rollout ends by it: nothing has finished.
    if (state !== 'FAILED' || exitCode !== exitCodes.someFailed) return exitCode;
    return waves.length === 0 ? exitCodes.refused : exitCodes.stoppedHalfWay;
  }
  return ofRolloutState[state] ?? exitCodeOfCounts(counts);
}

/** The exit code of a command that rolled one image out. */
export function exitCodeOfImage({ state, error }: Pick<ImageReport, 'state' | 'error'>): number {
  switch (state) {
    case 'SUCCEEDED':
    case 'UNCHANGED':
      return exitCodes.done;
    case 'INCONCLUSIVE':
      return exitCodes.waits;
    case 'COMPENSATION_FAILED':
      return exitCodes.personNeeded;
    case 'COMPENSATED':
    case 'CANCELLED':
      return exitCodes.someFailed;
    case 'FAILED':
    case 'SKIPPED':
      return error === undefined ? exitCodes.someFailed : errorCodes[error.code].exitCode;
  }
}

/** The exit code of a command that ends with an error, whatever was thrown. */
export function exitCodeOfError(error: unknown): number {
  return error instanceof AppError ? errorCodes[error.code].exitCode : exitCodes.unexpected;
}

function exitCodeOfCounts({ failed, compensated, skipped, cancelled, inconclusive }: ImageCounts): number {
  if (failed + compensated + skipped + cancelled > 0) return exitCodes.someFailed;
  return inconclusive > 0 ? exitCodes.waits : exitCodes.done;
}

// A rollout that came nowhere because AWS did not answer or knew no credentials: not the images are at fault.
function hasReachedNobody({ counts, failures }: Pick<StatusReport, 'counts' | 'failures'>): boolean {
  const { failed, skipped, cancelled, total } = counts;
  const isUnreachable = ({ code }: StatusReport['failures'][number]): boolean =>
    errorCodes[code].exitCode === exitCodes.unreachable;
  return failures.length > 0 && failed + skipped + cancelled === total && failures.every(isUnreachable);
}

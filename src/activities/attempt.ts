import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, cancellationDetails, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { AwsCall } from '../aws/access.ts';
import { isAbort } from '../aws/faults.ts';
import type { WriteInput } from '../contracts/activities.ts';
import type { RetryClass } from '../domain/errors.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import { decideRetry, retryBudgets } from '../domain/retry.ts';
import { timingOf } from '../domain/timing.ts';
import type { Dependencies } from './dependencies.ts';
import { cancellation, finalFailure, retryableFailure } from './failures.ts';
import type { CallKind, StepRecord } from './record.ts';
import { newRecord, recordFor, withThrottled } from './record.ts';

// An attempt, or a part of it, waits this long in all before it frees its slot and lets Temporal start the next one.
const longestWaitMs = 45_000;
// Well below the heartbeat timeout of the proxies, so that the death of a worker shows soon and a cancel arrives soon.
const heartbeatEveryMs = 2_000;

/** One attempt of a step: calls to AWS with their repeats, and the record that its next attempt will find. */
export interface Attempt extends AwsCall {
  readonly record: () => StepRecord;
  /** Changes the record. The next attempt knows of it where this one ends, or tells. */
  readonly save: (change: Partial<StepRecord>) => void;
  /** Hands the record to the server: a worker that dies from now on does not lose it. It goes there every 2 s anyway. */
  readonly tell: () => void;
  /** Milliseconds since the step was first scheduled, earlier attempts included. */
  readonly elapsedMs: () => number;
  /** Milliseconds since the step first had to wait for AWS's state to change; an outage before that does not count. */
  readonly polledMs: () => number;
  /** Waits as the class of the error asks for; throws where the step has to end, or to free its slot. */
  readonly pause: (error: AppError, kind: CallKind) => Promise<void>;
  /** Ends a streak of failures, after a success of that kind. */
  readonly endStreaks: (kind: CallKind) => void;
  readonly patience: Patience;
  /**
   * The same attempt for one of many parts of a scan, with waits of its own: in a storm those of all parts together would
   * end every attempt before its last part, and the next one begins anew.
   */
  readonly part: () => Attempt;
}

/** How a step takes it that AWS stays unavailable: an undo goes on as long as its own time budget lasts. */
export type Patience = 'budgeted' | 'unlimited';

/** Runs one attempt of a step that only reads; see {@link runWriteStep}. */
export function runStep<Result>(
  dependencies: Dependencies,
  ownShareArns: readonly string[],
  body: (attempt: Attempt) => Promise<Result>,
): Promise<Result> {
  return run(dependencies, newAttempt(dependencies, earlierRecord(ownShareArns), 'budgeted'), body);
}

/**
 * Runs one attempt of a step that writes. Whatever the body throws leaves as an ApplicationFailure: to be repeated after a
 * pause, or final, with what the undo has to know. A cancelled step ends as cancelled with the same knowledge.
 */
export function runWriteStep<Result>(
  dependencies: Dependencies,
  { ownShareArns, options }: Pick<WriteInput, 'ownShareArns' | 'options'>,
  body: (attempt: Attempt) => Promise<Result>,
  patience: Patience = 'budgeted',
): Promise<Result> {
  const { unansweredMs } = timingOf(options);
  const record = recordFor(activityInfo().attempt, earlierRecord(ownShareArns), dependencies.now(), unansweredMs);
  return run(dependencies, newAttempt(dependencies, record, patience), body);
}

// Written by this file alone, by the attempt before; Temporal gives it back as it was. A worker of an earlier version may
// have written it, without what is new.
function earlierRecord(ownShareArns: readonly string[]): StepRecord {
  return { ...newRecord(ownShareArns), ...(activityInfo().heartbeatDetails as Partial<StepRecord> | undefined) };
}

async function run<Result>(
  dependencies: Dependencies,
  attempt: Attempt,
  body: (attempt: Attempt) => Promise<Result>,
): Promise<Result> {
  const beat = setInterval(attempt.tell, heartbeatEveryMs);
  try {
    return await body(attempt);
  } catch (error) {
    const failure = failureOf(error, attempt, dependencies);
    attempt.save({ endedAttempt: activityInfo().attempt });
    attempt.tell();
    throw failure;
  } finally {
    clearInterval(beat);
  }
}

function newAttempt(dependencies: Dependencies, earlier: StepRecord, patience: Patience): Attempt {
  const info = activityInfo();
  const signal = cancellationSignal();
  // Many calls of one attempt are under way together, and each ends with it.
  setMaxListeners(0, signal);
  let record = earlier;
  const save = (change: Partial<StepRecord>): void => {
    record = { ...record, ...change };
  };
  const tell = (): void => heartbeat(record);
  const endStreaks = (kind: CallKind): void => {
    const kept = Object.entries(record.streaks).filter(([key]) => !key.startsWith(`${kind} `));
    save({ streaks: Object.fromEntries(kept) });
  };
  const newWaits = (): Pick<Attempt, 'pause' | 'read'> => {
    let waitedMs = 0;
    let waitsUntilMs = 0;
    const wait = async (error: AppError, delayMs: number): Promise<void> => {
      const nowMs = dependencies.now();
      // Calls that wait side by side wait once.
      const longerMs = Math.max(0, nowMs + delayMs - Math.max(nowMs, waitsUntilMs));
      if (waitedMs + longerMs > longestWaitMs) throw retryableFailure(error, record, delayMs);
      waitedMs += longerMs;
      waitsUntilMs = Math.max(waitsUntilMs, nowMs + delayMs);
      save({ waitsFor: `${error.code}: ${error.message}` });
      tell();
      await sleep(delayMs, undefined, { signal });
      save({ waitsFor: null });
    };
    const pause = (error: AppError, kind: CallKind): Promise<void> =>
      wait(error, nextDelay(error, kind, { record, save, patience }, dependencies));
    const read = async <T>(once: () => Promise<T>): Promise<T> => {
      // Of many reads side by side, each backs off for itself: what one in five meets is no streak of a hundred.
      const failures = new Map<RetryClass, number>();
      for (;;) {
        try {
          const answer = await once();
          // A success of another read says nothing about one that fails for ever beside it.
          if (failures.size > 0) endStreaks('read');
          return answer;
        } catch (error) {
          if (!(error instanceof AppError) || !isRepeatable(error)) throw error;
          const { retry } = errorCodes[error.code];
          const failuresInARow = (failures.get(retry) ?? 0) + 1;
          failures.set(retry, failuresInARow);
          await wait(error, nextDelay(error, 'read', { record, save, patience, failuresInARow }, dependencies));
        }
      }
    };
    return { pause, read };
  };
  const elapsedMs = (): number => dependencies.now() - info.scheduledTimestampMs;
  const polledMs = (): number => dependencies.now() - (record.streaks['poll not-yet']?.sinceMs ?? dependencies.now());
  const shared = { signal, record: () => record, save, tell, endStreaks, elapsedMs, polledMs, patience };
  const part = (): Attempt => ({ ...shared, ...newWaits(), part });
  return part();
}

/** Whether a call may be repeated without looking at the state anew. */
function isRepeatable({ code }: AppError): boolean {
  const repeatable: readonly RetryClass[] = ['throttled', 'unavailable', 'server-error', 'expired-credentials'];
  return repeatable.includes(errorCodes[code].retry);
}

/** Counts the failure, and says how long to wait. Throws a final failure where its budget is used up. */
function nextDelay(
  error: AppError,
  kind: CallKind,
  {
    record,
    save,
    patience,
    failuresInARow,
  }: Pick<Attempt, 'save' | 'patience'> & {
    readonly record: StepRecord;
    /** Of this very call; those of all calls of the kind and class where it is absent. */
    readonly failuresInARow?: number;
  },
  { now, random, delayFactor }: Dependencies,
): number {
  const retryClass = errorCodes[error.code].retry;
  const key = `${kind} ${retryClass}` as const;
  const before = record.streaks[key] ?? { attempts: 0, sinceMs: now() };
  const streak = { ...before, attempts: before.attempts + 1 };
  save({
    streaks: { ...record.streaks, [key]: streak },
    ...(retryClass === 'throttled' ? withThrottled(record, error) : {}),
  });
  const { retryAfterMs } = error.context;
  const decision = decideRetry({
    retryClass,
    attempts: failuresInARow ?? streak.attempts,
    elapsedMs: now() - streak.sinceMs,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    random,
  });
  if (decision.kind === 'retry') return Math.round(decision.delayMs * delayFactor);
  if (patience === 'budgeted' || retryClass === 'never') throw finalFailure(error, record);
  return Math.round(retryBudgets[retryClass].longestPauseMs * delayFactor);
}

function failureOf(error: unknown, attempt: Attempt, dependencies: Dependencies): unknown {
  // Whatever it ended with: what the undo has to know goes with the cancellation.
  if (attempt.signal.aborted && cancellationDetails()?.cancelRequested === true) return cancellation(attempt.record());
  // A worker that stops hands the step on.
  if (attempt.signal.aborted && (isAbort(error) || error instanceof CancelledFailure)) return handedOn;
  if (!(error instanceof AppError)) return error;
  if (errorCodes[error.code].retry === 'never') return finalFailure(error, attempt.record());
  try {
    return retryableFailure(
      error,
      attempt.record(),
      nextDelay(error, 'poll', { ...attempt, record: attempt.record() }, dependencies),
    );
  } catch (givenUp) {
    return givenUp;
  }
}

const handedOn = ApplicationFailure.create({ type: 'worker-stopped', message: 'The worker stops', nextRetryDelay: 1 });

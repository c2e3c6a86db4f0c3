import type { Throttling } from '../contracts/activities.ts';
import type { AppError, RetryClass } from '../domain/errors.ts';
import type { Memory } from '../domain/situation.ts';
import type { ThrottledCalls } from '../domain/throttled.ts';
import { mostThrottledOfImage, throttledField, worstThrottled } from '../domain/throttled.ts';

/** What failed: a read, a write, or a look at something that takes its time. */
export type CallKind = 'read' | 'write' | 'poll';

/** Failures of one kind and class without a success in between. */
export interface Streak {
  readonly attempts: number;
  readonly sinceMs: number;
}

/** What a step knows of its earlier attempts. It travels in the heartbeat details, which outlive an attempt and its worker. */
export interface StepRecord {
  readonly memory: Memory;
  readonly hasWritten: 'no' | 'maybe' | 'yes';
  readonly requestIds: readonly string[];
  readonly streaks: Readonly<Partial<Record<`${CallKind} ${RetryClass}`, Streak>>>;
  /** Calls that AWS throttled, of all attempts. */
  readonly throttledCount: number;
  /** Which calls these were: the worst operations. */
  readonly throttled: readonly ThrottledCalls[];
  /** Until when a write that got no answer may still take effect, in milliseconds since 1970. */
  readonly unansweredUntilMs: number;
  readonly lastWriteAtMs: number | null;
  /** Why the step waits before it calls again: for people who look at the pending activity. */
  readonly waitsFor: string | null;
  /** When the target was first read as reached, in milliseconds since 1970. */
  readonly reachedAtMs: number | null;
  /** When each act was last done, in milliseconds since 1970, by a hash of the act. */
  readonly doneActs: Readonly<Record<string, number>>;
  /** The attempt that ended with this record; 0 before the first. What an attempt did that never ended is not in it. */
  readonly endedAttempt: number;
}

/** The record of a step that has not run yet. */
export function newRecord(ownShareArns: readonly string[]): StepRecord {
  return {
    memory: {
      ownShareArns,
      unmatchedShareArns: [],
      promotedPermissionShareArns: [],
      associated: [],
      attempted: [],
      removedShareArns: [],
      taggedForGoodShareArns: [],
    },
    hasWritten: 'no',
    requestIds: [],
    streaks: {},
    throttledCount: 0,
    throttled: [],
    unansweredUntilMs: 0,
    lastWriteAtMs: null,
    waitsFor: null,
    reachedAtMs: null,
    doneActs: {},
    endedAttempt: 0,
  };
}

/** The record for an attempt. Where the one before it never ended, its worker died, and it may just have written. */
export function recordFor(attempt: number, record: StepRecord, nowMs: number, unansweredMs: number): StepRecord {
  if (record.endedAttempt === attempt - 1) return record;
  return {
    ...record,
    hasWritten: record.hasWritten === 'yes' ? 'yes' : 'maybe',
    unansweredUntilMs: nowMs + unansweredMs,
    lastWriteAtMs: nowMs,
  };
}

/** What the result of a step says of AWS's limits. */
export function throttlingOf({ throttledCount, throttled }: Throttled): Throttling {
  return throttledCount === 0 ? {} : { throttledCount, ...throttledField(throttled) };
}

/** The same after one more call that AWS throttled. */
export function withThrottled(before: Throttled, { context }: AppError): Throttled {
  const more = context.throttled === undefined ? [] : [context.throttled];
  return {
    throttledCount: before.throttledCount + 1,
    throttled: worstThrottled([...before.throttled, ...more], mostThrottledOfImage),
  };
}

type Throttled = Pick<StepRecord, 'throttledCount' | 'throttled'>;

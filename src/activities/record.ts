import type { Throttling } from '../contracts/activities.ts';
import type { RetryClass } from '../domain/errors.ts';
import type { Memory } from '../domain/situation.ts';

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
  /** Until when a write that got no answer may still take effect, in milliseconds since 1970. */
  readonly unansweredUntilMs: number;
  readonly lastWriteAtMs: number | null;
  /** Why the step waits before it calls again: for people who look at the pending activity. */
  readonly waitsFor: string | null;
  /** When the target was first read as reached, in milliseconds since 1970. */
  readonly reachedAtMs: number | null;
}

/** The record of a step that has not run yet. */
export function newRecord(ownShareArns: readonly string[]): StepRecord {
  return {
    memory: {
      ownShareArns,
      unmatchedShareArns: [],
      promotedPermissionShareArns: [],
      associated: [],
      removedShareArns: [],
    },
    hasWritten: 'no',
    requestIds: [],
    streaks: {},
    throttledCount: 0,
    unansweredUntilMs: 0,
    lastWriteAtMs: null,
    waitsFor: null,
    reachedAtMs: null,
  };
}

/** What the result of a step says of AWS's limits. */
export function throttlingOf({ throttledCount }: Pick<StepRecord, 'throttledCount'>): Throttling {
  return throttledCount === 0 ? {} : { throttledCount };
}

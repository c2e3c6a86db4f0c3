/** Calls of one operation, in one account and Region, that AWS throttled. */
export interface ThrottledCalls {
  readonly account: string;
  readonly region: string;
  readonly operation: string;
  readonly count: number;
  /** Calls a second that the worker allowed itself after the last of them; null where that did not lower its pace. */
  readonly perSecond: number | null;
  /** When the last of them was throttled, as ISO text. */
  readonly at: string;
}

/** Most operations that an image tells of: all that it tells is in several histories. */
export const mostThrottledOfImage = 4;
/** Most operations that a rollout, or a batch, tells of. */
export const mostThrottledOfRollout = 10;

/** Adds up what was throttled, the newest pace of each operation holds; the worst ones, those with most calls first. */
export function worstThrottled(some: readonly ThrottledCalls[], most: number): readonly ThrottledCalls[] {
  const together = new Map<string, ThrottledCalls>();
  for (const calls of some) {
    const key = `${calls.operation} ${calls.account} ${calls.region}`;
    const known = together.get(key);
    together.set(key, known === undefined ? calls : sumOf(known, calls));
  }
  return [...together.values()].toSorted(worstFirst).slice(0, most);
}

/** As a field of something that is kept: absent where AWS took all calls. */
export function throttledField(throttled: readonly ThrottledCalls[]): {
  readonly throttled?: readonly ThrottledCalls[];
} {
  return throttled.length === 0 ? {} : { throttled };
}

function sumOf(one: ThrottledCalls, other: ThrottledCalls): ThrottledCalls {
  return { ...(other.at < one.at ? one : other), count: one.count + other.count };
}

function worstFirst(one: ThrottledCalls, other: ThrottledCalls): number {
  return other.count - one.count || rateOf(one) - rateOf(other);
}

function rateOf({ perSecond }: ThrottledCalls): number {
  return perSecond ?? Number.MAX_VALUE;
}

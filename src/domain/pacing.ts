/** What the last refusal says of the pace that AWS allows. */
export interface Refusal {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Calls a second that AWS took at that time. */
  readonly ratePerSecond: number;
}

// After a refusal the pace is this part of what AWS took.
const keptShare = 0.8;
// From there it goes back as TCP's CUBIC does: soon to where it was, slowly about there, then ever faster. A larger number
// probes more often, and each probe costs a refusal.
const growth = 0.1;
const lowestRate = 0.5;
// AWS also throttles for what others do, and then a lower pace helps nobody. Of sixteen calls a few may be so; six of them are not.
const toleratedShare = 0.375;

/** Calls a second at some time after the last refusal; infinity where there was none. */
export function rateAt(refusal: Refusal | null, nowMs: number): number {
  if (refusal === null) return Number.POSITIVE_INFINITY;
  const { atMs, ratePerSecond } = refusal;
  const returnSeconds = Math.cbrt((ratePerSecond * (1 - keptShare)) / growth);
  const seconds = (nowMs - atMs) / 1000;
  return Math.max(lowestRate, ratePerSecond + growth * (seconds - returnSeconds) ** 3);
}

/** A call that AWS throttled. */
export interface RefusedCall {
  readonly nowMs: number;
  readonly begunAtMs: number;
  /** Calls that AWS took within the last second. */
  readonly takenCount: number;
  /** Whether calls had to wait for their turn within the last second: then as many were made as the pace allowed. */
  readonly isHeldBack: boolean;
  /** Part of the last calls that AWS throttled. */
  readonly refusedShare: number;
}

/**
 * What is known after a refusal. Calls that were under way when the pace was last lowered say nothing new; neither does a
 * refusal now and then where fewer are asked for than the pace allows, since what AWS took then is no measure of what it takes.
 */
export function afterRefusal(last: Refusal | null, call: RefusedCall): Refusal | null {
  const { nowMs, begunAtMs, takenCount, isHeldBack, refusedShare } = call;
  if (last !== null && begunAtMs < last.atMs) return last;
  if (!isHeldBack && refusedShare < toleratedShare) return last;
  return { atMs: nowMs, ratePerSecond: Math.max(lowestRate, Math.min(rateAt(last, nowMs), takenCount)) };
}

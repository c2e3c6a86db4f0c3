const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** The times of an image's transaction where a manifest says nothing else; `Timing` of the contracts says what each is. */
export const defaultTiming = {
  busyTimeoutMs: 5 * minute,
  promotionTimeoutMs: 30 * minute,
  verificationTimeoutMs: 15 * minute,
  settleMs: 10 * second,
  acceptanceGraceMs: 3 * minute,
  stuckAfterMs: 30 * minute,
  unansweredMs: 30 * second,
  // A day: the outage that broke the rollout must not fail its undo.
  restoreTimeoutMs: 24 * hour,
} as const;

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: second, m: minute, h: hour, d: 24 * hour };

/** A duration such as `15s`, `10m` or `4h`. */
export const durationPattern = /^(\d{1,9})(ms|s|m|h|d)$/;

/** Milliseconds of a duration such as `15s`, `10m` or `4h`; null for any other text. */
export function durationMs(text: string): number | null {
  const [, amount = '', unit = ''] = durationPattern.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  return unitMs === undefined ? null : Number(amount) * unitMs;
}

/** The shortest text that {@link durationMs} reads as these milliseconds. */
export function durationText(ms: number): string {
  const [unit = 'ms', unitMs = 1] = Object.entries(unitsMs).findLast(([, size]) => ms > 0 && ms % size === 0) ?? [];
  return `${ms / unitMs}${unit}`;
}

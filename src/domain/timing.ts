const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Times of the transaction, in milliseconds. */
export interface Timing {
  /** How long something in transition before the first write is waited for. */
  readonly busyTimeoutMs: number;
  /** How long promotion may take, from the put on. */
  readonly promotionTimeoutMs: number;
  readonly verificationTimeoutMs: number;
  /** Time between the two reads that prove an undo, and after which a share's rest is called a residue. */
  readonly settleMs: number;
  /** How long a principal may stay ASSOCIATING before it counts as not having accepted. */
  readonly acceptanceGraceMs: number;
  /** How long a share may stay in PROMOTING before the undo gives up. */
  readonly stuckAfterMs: number;
  /** How long a write without an answer may still land: at least the request timeout of the AWS clients. */
  readonly unansweredMs: number;
  /** Time budget of the undo. */
  readonly restoreTimeoutMs: number;
}

/** The times of an image's transaction where a manifest says nothing else. */
export const defaultTiming: Timing = {
  busyTimeoutMs: 5 * minute,
  promotionTimeoutMs: 30 * minute,
  verificationTimeoutMs: 15 * minute,
  settleMs: 10 * second,
  acceptanceGraceMs: minute,
  stuckAfterMs: 30 * minute,
  unansweredMs: 30 * second,
  // A day: the outage that broke the rollout must not fail its undo.
  restoreTimeoutMs: 24 * hour,
};

/** All times of a transaction, out of those that differ from the defaults. */
export function timingOf({ timing }: { readonly timing: Partial<Timing> }): Timing {
  return { ...defaultTiming, ...timing };
}

/** What of some times differs from the defaults. */
export function changedTiming(timing: Partial<Timing>): Partial<Timing> {
  const defaults: Readonly<Record<string, number>> = { ...defaultTiming };
  return Object.fromEntries(Object.entries(timing).filter(([name, ms]) => defaults[name] !== ms));
}

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

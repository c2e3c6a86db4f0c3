import type { ImageOptions } from '../contracts/image.ts';
import type { Act, Wait } from '../domain/step.ts';
import { timingOf } from '../domain/timing.ts';
import { sha256 } from '../sha256.ts';
import type { StepRecord } from './record.ts';

// What was done counts as unseen at least for so long, although a manifest may set a shorter time for its proofs.
const shortestSightMs = 1_000;

/** The acts of a record, with one more that AWS has just answered. */
export function withDone({ doneActs }: Pick<StepRecord, 'doneActs'>, act: Act, nowMs: number): StepRecord['doneActs'] {
  return { ...doneActs, [keyOf(act)]: nowMs };
}

/** Whether this very act was answered a moment ago: that a look does not show it yet is no reason to do it again. */
export function isJustDone(
  { doneActs }: Pick<StepRecord, 'doneActs'>,
  act: Act,
  nowMs: number,
  options: ImageOptions,
): boolean {
  return isRecent(doneActs[keyOf(act)] ?? null, nowMs, options);
}

/** Whether the step, or an attempt of it that died, may have written a moment ago. */
export function hasJustWritten(
  { lastWriteAtMs }: Pick<StepRecord, 'lastWriteAtMs'>,
  nowMs: number,
  options: ImageOptions,
): boolean {
  return isRecent(lastWriteAtMs, nowMs, options);
}

/** The wait for AWS to show what was done. */
export function untilSeen({ kind }: Act): Wait {
  const code = kind === 'promote' ? 'promotion-pending' : 'not-in-sync';
  return { kind: 'wait', code, reason: `AWS does not show yet what was done (${kind})` };
}

/** Whether a look may not show yet what was done at this time. */
export function isRecent(atMs: number | null, nowMs: number, options: ImageOptions): boolean {
  return atMs !== null && nowMs - atMs < Math.max(timingOf(options).settleMs, shortestSightMs);
}

function keyOf(act: Act): string {
  return sha256(JSON.stringify(act)).slice(0, 16);
}

import type { ErrorCode } from './errors.ts';

// Longer than calls to an account take where nothing hangs, and short enough for a person to wait.
const shortestMs = 45_000;
const perPlaceMs = 2_000;
// So many places are examined at once without one waiting for another.
const freePlaces = 10;
const longestMs = 10 * 60_000;

/** How long a worker has for the examination of so many accounts and Regions. */
export function answerWithinMs(placeCount: number): number {
  return Math.min(longestMs, shortestMs + Math.max(0, placeCount - freePlaces) * perPlaceMs);
}

/** Why a worker has not answered, by what it came to: one that has begun is of this version, and waits for AWS. */
export function whyUnanswered(
  hasBegun: boolean,
  placeCount: number,
): { readonly code: ErrorCode; readonly reason: string } {
  const seconds = Math.round(answerWithinMs(placeCount) / 1_000);
  return hasBegun
    ? {
        code: 'aws-unavailable',
        reason: `The worker has begun, and AWS did not answer it within ${seconds} s for each of ${placeCount} accounts and Regions`,
      }
    : {
        code: 'no-worker',
        reason: `Nobody has begun within ${seconds} s: workers of another version, with other keys, or with too much to do poll`,
      };
}

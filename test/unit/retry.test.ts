import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetryClass } from '../../src/domain/errors.ts';
import type { RetryQuestion } from '../../src/domain/retry.ts';
import { decideRetry, retryBudgets } from '../../src/domain/retry.ts';

const classes = [
  'throttled',
  'unavailable',
  'server-error',
  'not-yet',
  'expired-credentials',
  'state-conflict',
] as const;
const anyClass = fc.constantFrom(...classes);
const anyAttempts = fc.integer({ min: 1, max: 10_000 });
const anyElapsed = fc.integer({ min: 0, max: 100_000_000 });
const anyShare = fc.double({ min: 0, max: 0.999_999, noNaN: true });
const anyHint = fc.oneof(fc.double(), fc.integer(), fc.integer({ min: 0, max: 10_000_000 }));

describe('a pause', () => {
  it.each<[RetryClass, readonly number[]]>([
    ['throttled', [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    ['unavailable', [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]],
    ['not-yet', [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]],
    ['server-error', [1_000, 2_000, 4_000, 8_000]],
    ['expired-credentials', [1_000, 2_000]],
    ['state-conflict', [500, 1_000, 2_000, 4_000]],
  ])('of the class %s has the ceilings %o', (retryClass, ceilings) => {
    const longest = ceilings.map((_, index) => delayOf({ retryClass, attempts: index + 1, random: () => 1 }));

    expect(longest).toEqual(ceilings);
  });

  it.each<[RetryClass, number]>([
    ['throttled', 0],
    ['unavailable', 0],
    ['server-error', 0],
    ['not-yet', 500],
    ['state-conflict', 250],
  ])('of the class %s may be as short as %i ms', (retryClass, shortest) => {
    expect(delayOf({ retryClass, random: () => 0 })).toBe(shortest);
  });

  it('is a whole number of milliseconds between zero and the longest of its class, whatever the question', () => {
    const isBounded = fc.property(
      anyClass,
      anyAttempts,
      anyElapsed,
      anyShare,
      (retryClass, attempts, elapsedMs, share) => {
        const decision = decideRetry({ retryClass, attempts, elapsedMs, random: () => share });
        if (decision.kind === 'give-up') return;
        expect(Number.isSafeInteger(decision.delayMs)).toBe(true);
        expect(decision.delayMs).toBeGreaterThanOrEqual(0);
        expect(decision.delayMs).toBeLessThanOrEqual(retryBudgets[retryClass].longestPauseMs);
      },
    );

    fc.assert(isBounded);
  });

  it('is never shorter than AWS asked for, up to two minutes, and finite for every hint', () => {
    const isHonoured = fc.property(anyClass, anyShare, anyHint, (retryClass, share, retryAfterMs) => {
      const delayMs = delayOf({ retryClass, retryAfterMs, random: () => share });
      const asked = Number.isFinite(retryAfterMs) ? Math.min(Math.max(0, retryAfterMs), 120_000) : 0;
      expect(delayMs).toBeGreaterThanOrEqual(Math.floor(asked));
      expect(delayMs).toBeLessThanOrEqual(asked + retryBudgets[retryClass].firstPauseMs + 1);
    });

    fc.assert(isHonoured);
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [-5_000]])('does not heed a hint of %d ms', (retryAfterMs) => {
    expect(delayOf({ retryClass: 'throttled', retryAfterMs, random: () => 0 })).toBe(0);
  });

  it('spreads callers that were told the same pause', () => {
    const [early, late] = [0, 0.9].map((share) =>
      delayOf({ retryClass: 'throttled', retryAfterMs: 3_000, random: () => share }),
    );

    expect([early, late]).toEqual([3_000, 3_900]);
  });
});

describe('the end of trying', () => {
  it.each<[RetryClass, number]>([
    ['server-error', 5],
    ['expired-credentials', 3],
    ['state-conflict', 5],
    ['never', 1],
  ])('comes for %s with failure %i', (retryClass, last) => {
    const kinds = Array.from(
      { length: last },
      (_, index) => decideRetry(question({ retryClass, attempts: index + 1 })).kind,
    );

    expect(kinds).toEqual([...Array.from({ length: last - 1 }, () => 'retry'), 'give-up']);
  });

  it.each<[RetryClass, number]>([
    ['throttled', 30 * 60_000],
    ['unavailable', 15 * 60_000],
  ])('comes for %s after %i ms, and not by the number of failures', (retryClass, budgetMs) => {
    const inTime = decideRetry(question({ retryClass, attempts: 10_000, elapsedMs: budgetMs - 1 }));
    const late = decideRetry(question({ retryClass, attempts: 2, elapsedMs: budgetMs }));

    expect(inTime.kind).toBe('retry');
    expect(late.kind).toBe('give-up');
  });

  it('never comes for what is only not there yet', () => {
    const goesOn = fc.property(anyAttempts, anyElapsed, anyShare, (attempts, elapsedMs, share) => {
      const decision = decideRetry({ retryClass: 'not-yet', attempts, elapsedMs, random: () => share });
      expect(decision.kind).toBe('retry');
    });

    fc.assert(goesOn);
  });

  it('once come, stays: later failures are not tried again either', () => {
    const stays = fc.property(anyClass, anyAttempts, anyElapsed, (retryClass, attempts, elapsedMs) => {
      const now = decideRetry(question({ retryClass, attempts, elapsedMs }));
      if (now.kind === 'retry') return;
      const later = decideRetry(question({ retryClass, attempts: attempts + 1, elapsedMs: elapsedMs + 1 }));
      expect(later.kind).toBe('give-up');
    });

    fc.assert(stays);
  });
});

function question(overrides: Partial<RetryQuestion> & { readonly retryClass: RetryClass }): RetryQuestion {
  return { attempts: 1, elapsedMs: 0, random: () => 0.5, ...overrides };
}

function delayOf(overrides: Partial<RetryQuestion> & { readonly retryClass: RetryClass }): number {
  const decision = decideRetry(question(overrides));
  return decision.kind === 'retry' ? decision.delayMs : Number.NaN;
}

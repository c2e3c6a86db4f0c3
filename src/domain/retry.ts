import type { RetryClass } from './errors.ts';

/** What has happened so far with failures of one class, and what AWS asked for. */
export interface RetryQuestion {
  readonly retryClass: RetryClass;
  /** Failures of this class without a success in between, this one included: at least 1. */
  readonly attempts: number;
  /** Since the first of them. */
  readonly elapsedMs: number;
  /** How long AWS asked to wait. */
  readonly retryAfterMs?: number;
  /** A number from 0 up to, but not including, 1; it spreads callers that failed together. */
  readonly random: () => number;
}

/** Whether to try again, and when. */
export type RetryDecision = { readonly kind: 'retry'; readonly delayMs: number } | { readonly kind: 'give-up' };

/** How failures of a class are repeated. */
export interface RetryBudget {
  /** Longest pause after the first failure; each later one doubles it. */
  readonly firstPauseMs: number;
  /** The pause grows no longer than this. */
  readonly longestPauseMs: number;
  /** Failures after which nothing is tried again. */
  readonly maxAttempts: number;
  /** Time since the first failure after which nothing is tried again. */
  readonly budgetMs: number;
  /** The shortest pause, as a share of the longest: 0 spreads widely, as is best where callers stand in each other's way. */
  readonly shortestShare: number;
}

const minuteMs = 60_000;
const unlimited = Number.POSITIVE_INFINITY;

/** The budgets of all classes that are repeated. */
export const retryBudgets: Readonly<Record<Exclude<RetryClass, 'never'>, RetryBudget>> = {
  throttled: {
    firstPauseMs: 1_000,
    longestPauseMs: 30_000,
    maxAttempts: unlimited,
    budgetMs: 30 * minuteMs,
    shortestShare: 0,
  },
  // One call in a few may be answered so while all others go through; in an outage the pauses grow soon enough.
  unavailable: {
    firstPauseMs: 500,
    longestPauseMs: 60_000,
    maxAttempts: unlimited,
    budgetMs: 15 * minuteMs,
    shortestShare: 0,
  },
  'server-error': {
    firstPauseMs: 1_000,
    longestPauseMs: 30_000,
    maxAttempts: 5,
    budgetMs: unlimited,
    shortestShare: 0,
  },
  // A look at something that takes its time; the step's own timeout ends it.
  'not-yet': {
    firstPauseMs: 1_000,
    longestPauseMs: 15_000,
    maxAttempts: unlimited,
    budgetMs: unlimited,
    shortestShare: 0.5,
  },
  'expired-credentials': {
    firstPauseMs: 1_000,
    longestPauseMs: 5_000,
    maxAttempts: 3,
    budgetMs: unlimited,
    shortestShare: 0,
  },
  // Another read may decide otherwise, or the state may settle in a moment.
  'state-conflict': {
    firstPauseMs: 500,
    longestPauseMs: 4_000,
    maxAttempts: 5,
    budgetMs: unlimited,
    shortestShare: 0.5,
  },
};

// A server, or something before it, may ask for hours; the budgets would end before the next try.
const longestRetryAfterMs = 2 * minuteMs;

/**
 * Decides whether a failed step is tried again. The pause lies below a ceiling that starts at the class's first pause and
 * doubles up to its longest. Where AWS asked for a pause, it is at least that long (at most two minutes of it count).
 */
export function decideRetry({ retryClass, attempts, elapsedMs, retryAfterMs, random }: RetryQuestion): RetryDecision {
  if (retryClass === 'never') return { kind: 'give-up' };
  const budget = retryBudgets[retryClass];
  if (attempts >= budget.maxAttempts || elapsedMs >= budget.budgetMs) return { kind: 'give-up' };
  const ceilingMs = Math.min(budget.firstPauseMs * 2 ** (Math.max(1, attempts) - 1), budget.longestPauseMs);
  const share = random();
  const ownPauseMs = ceilingMs * (budget.shortestShare + share * (1 - budget.shortestShare));
  // Spread beyond the floor too: whoever was told the same must not come back together.
  const askedPauseMs = retryAfterMs === undefined ? 0 : flooredMs(retryAfterMs) + share * budget.firstPauseMs;
  return { kind: 'retry', delayMs: Math.round(Math.max(ownPauseMs, askedPauseMs)) };
}

function flooredMs(retryAfterMs: number): number {
  return Number.isFinite(retryAfterMs) ? Math.min(Math.max(0, retryAfterMs), longestRetryAfterMs) : 0;
}

import type { BindingPace } from './strategy.ts';
import { mostInFlight } from './strategy.ts';

/** How many images a batch may work on at once, and how many may fail in it before it stops by itself. */
export interface Allowance {
  readonly lanes: number;
  readonly failureBudget: number;
}

/** What the root knows of a batch that is open or ended. */
export interface BatchTally {
  readonly failureCount: number;
  readonly isOpen: boolean;
}

/** Whether more images have failed than may. */
export function isToleranceExceeded(failureToleranceCount: number, failureCount: number): boolean {
  return failureCount > failureToleranceCount;
}

/** Failures of some batches together. */
export function failuresOf(batches: readonly BatchTally[]): number {
  return batches.reduce((sum, { failureCount }) => sum + failureCount, 0);
}

/**
 * Splits the concurrency of a rollout over its open batches; every batch knows how many failures of its own are one too
 * many, given those of the others, so that it stops without asking. In the order given; 0 lanes for one that is not open.
 *
 * @param slotCount - batches between which the lanes are split as long as more are to come, so that no batch has to give
 * lanes back that it is using
 */
export function allowances(pace: BindingPace, batches: readonly BatchTally[], slotCount: number): readonly Allowance[] {
  const failures = failuresOf(batches);
  const parts = Math.max(slotCount, batches.filter(({ isOpen }) => isOpen).length);
  const lanes = mostInFlight(pace, failures);
  let rank = 0;
  return batches.map(({ isOpen, failureCount }) => {
    const failureBudget = pace.failureToleranceCount - (failures - failureCount);
    if (!isOpen) return { lanes: 0, failureBudget };
    const share = Math.floor(lanes / parts) + (rank < lanes % parts ? 1 : 0);
    rank += 1;
    return { lanes: share, failureBudget };
  });
}

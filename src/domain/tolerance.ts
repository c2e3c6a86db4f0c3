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
  /** Whose lanes it has; of the batches of a slot one at most has images to start. */
  readonly slot: number;
  /** Images that are still running, where all have been started; null while it has more to start. */
  readonly lastRunning: number | null;
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
 * Each slot has its lanes for good, so that no batch has to give lanes back that it is using. What its last images do not
 * need goes to the next batch of their slot, and where there is none any more, to those of the others.
 */
export function allowances(
  pace: BindingPace,
  batches: readonly BatchTally[],
  slotCount: number,
  isMoreToCome: boolean,
): readonly Allowance[] {
  const failures = failuresOf(batches);
  const slots = slotsOf(pace, batches, slotCount);
  const takenCount = slots.filter(({ isTaken }) => isTaken).length;
  const left = slots.reduce((sum, { lanes, isTaken }) => sum + (isTaken ? 0 : lanes), 0);
  const spare = isMoreToCome ? 0 : left;
  let rank = 0;
  return batches.map(({ isOpen, failureCount, slot, lastRunning }) => {
    const failureBudget = pace.failureToleranceCount - (failures - failureCount);
    if (!isOpen) return { lanes: 0, failureBudget };
    if (lastRunning !== null) return { lanes: lastRunning, failureBudget };
    const more = Math.floor(spare / takenCount) + (rank < spare % takenCount ? 1 : 0);
    rank += 1;
    return { lanes: (slots[slot]?.lanes ?? 0) + more, failureBudget };
  });
}

/** The slot for one more batch: one that has lanes, and no batch with images to start; null where there is none. */
export function freeSlot(pace: BindingPace, batches: readonly BatchTally[], slotCount: number): number | null {
  const slot = slotsOf(pace, batches, slotCount).findIndex(({ lanes, isTaken }) => lanes > 0 && !isTaken);
  return slot < 0 ? null : slot;
}

/** The lanes of each slot that its last images do not need, and whether it has a batch with images to start. */
function slotsOf(pace: BindingPace, batches: readonly BatchTally[], slotCount: number) {
  const lanes = mostInFlight(pace, failuresOf(batches));
  return Array.from({ length: slotCount }, (_, slot) => {
    const own = batches.filter((batch) => batch.isOpen && batch.slot === slot);
    const needed = own.reduce((sum, { lastRunning }) => sum + (lastRunning ?? 0), 0);
    const share = Math.floor(lanes / slotCount) + (slot < lanes % slotCount ? 1 : 0);
    return { lanes: Math.max(0, share - needed), isTaken: own.some(({ lastRunning }) => lastRunning === null) };
  });
}

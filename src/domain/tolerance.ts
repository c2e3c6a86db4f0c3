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
export function isToleranceExceeded(failureToleranceCount: number, batches: readonly BatchTally[]): boolean {
  return failuresOf(batches) > failureToleranceCount;
}

/**
 * Splits the concurrency of a rollout over its open batches; every batch knows how many failures of its own are one too
 * many, given those of the others, so that it stops without asking. In the order given; 0 lanes for one that is not open.
 */
export function allowances(
  { maxConcurrentCount, failureToleranceCount }: { maxConcurrentCount: number; failureToleranceCount: number },
  batches: readonly BatchTally[],
): readonly Allowance[] {
  const openCount = batches.filter(({ isOpen }) => isOpen).length;
  const failures = failuresOf(batches);
  let rank = 0;
  return batches.map(({ isOpen, failureCount }) => {
    const failureBudget = failureToleranceCount - (failures - failureCount);
    if (!isOpen) return { lanes: 0, failureBudget };
    const share = Math.floor(maxConcurrentCount / openCount) + (rank < maxConcurrentCount % openCount ? 1 : 0);
    rank += 1;
    return { lanes: Math.max(1, share), failureBudget };
  });
}

function failuresOf(batches: readonly BatchTally[]): number {
  return batches.reduce((sum, { failureCount }) => sum + failureCount, 0);
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageState } from '../../src/domain/image-state.ts';
import {
  countKeyOf,
  failureCount,
  isSettled,
  moveCounts,
  pendingCounts,
  sumCounts,
} from '../../src/domain/image-state.ts';

const states: readonly ImageState[] = [
  'PENDING',
  'RUNNING',
  'SUCCEEDED',
  'UNCHANGED',
  'FAILED',
  'COMPENSATED',
  'COMPENSATION_FAILED',
  'SKIPPED',
  'CANCELLED',
  'INCONCLUSIVE',
];
const moves = fc.array(fc.tuple(fc.constantFrom(...states), fc.constantFrom(...states)));

describe('counts of images', () => {
  it('add up to the total whatever moves', () => {
    const addsUp = fc.property(fc.nat({ max: 100 }), moves, (total, given) => {
      const { total: stated, ...numbers } = given.reduce(
        (counts, [from, to]) => moveCounts(counts, from, to),
        pendingCounts(total),
      );

      expect(stated).toBe(total);
      expect(Object.values(numbers).reduce((sum, number) => sum + number, 0)).toBe(total);
    });

    fc.assert(addsUp);
  });

  it('have a number of its own for each state', () => {
    expect(new Set(states.map(countKeyOf)).size).toBe(states.length);
  });

  it('of parts are the counts of the whole', () => {
    const one = moveCounts(pendingCounts(3), 'PENDING', 'SUCCEEDED', 2);
    const other = moveCounts(pendingCounts(2), 'PENDING', 'FAILED');

    expect(sumCounts([one, other])).toEqual({ ...pendingCounts(5), pending: 2, succeeded: 2, failed: 1 });
    expect(sumCounts([])).toEqual(pendingCounts(0));
  });

  it.each([
    ['FAILED', 1],
    ['COMPENSATED', 1],
    ['COMPENSATION_FAILED', 1],
    ['SKIPPED', 0],
    ['CANCELLED', 0],
    ['INCONCLUSIVE', 0],
    ['SUCCEEDED', 0],
  ] as const)('of one %s image hold %d failures', (state, failures) => {
    expect(failureCount(moveCounts(pendingCounts(1), 'PENDING', state))).toBe(failures);
  });

  it('are settled once nothing is pending or running', () => {
    const running = moveCounts(pendingCounts(1), 'PENDING', 'RUNNING');

    expect(isSettled(pendingCounts(1))).toBe(false);
    expect(isSettled(running)).toBe(false);
    expect(isSettled(moveCounts(running, 'RUNNING', 'SUCCEEDED'))).toBe(true);
  });
});

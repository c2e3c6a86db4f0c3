import { expect, it } from 'vitest';
import { isRolloutName, undoNameOf } from '../../src/contracts/workflow-ids.ts';

it('the undo of a rollout has its name, as long as that fits', () => {
  expect(undoNameOf('golden')).toBe('golden-undo');
  expect(undoNameOf('x'.repeat(59))).toBe(`${'x'.repeat(59)}-undo`);
});

it('the undos of two rollouts have two names, also where those do not fit', () => {
  const [left, right] = [undoNameOf(`${'x'.repeat(63)}a`), undoNameOf(`${'x'.repeat(63)}b`)];

  expect(left).not.toBe(right);
  expect([left, right].map(isRolloutName)).toEqual([true, true]);
});

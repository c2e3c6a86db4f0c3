import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OpenBatch } from '../../src/client/batch-counts.ts';
import { withOpenBatches } from '../../src/client/batch-counts.ts';
import type { RolloutStatus } from '../../src/contracts/rollout.ts';
import { batchWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { ImageCounts } from '../../src/domain/image-state.ts';
import { pendingCounts } from '../../src/domain/image-state.ts';

function aStatus(counts: Partial<ImageCounts>, more: Partial<RolloutStatus> = {}): RolloutStatus {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const all = { ...pendingCounts(0), ...counts, total };
  const nothing = { openBatches: [], awaits: null, waves: [], effective: null, messages: [] };
  return { rolloutName: 'golden', state: 'RUNNING', counts: all, failures: [], throttledCount: 0, ...nothing, ...more };
}

function open(status: RolloutStatus, wave = 'all', index = 1): OpenBatch {
  return { workflowId: batchWorkflowId('golden', 'run', wave, index), status };
}

it('puts the counts of open batches in the place of what the root has running or pending', () => {
  const root = aStatus({ succeeded: 10, running: 5, pending: 5 });

  const { counts } = withOpenBatches(root, [
    open(aStatus({ succeeded: 3, running: 2 })),
    open(aStatus({ failed: 1, pending: 2 })),
  ]);

  expect(counts).toEqual({ ...pendingCounts(0), total: 20, succeeded: 13, failed: 1, running: 2, pending: 4 });
});

it('puts the counts of open batches in the place of what their own wave has pending', () => {
  const done = { name: 'canary', state: 'DONE', imageCount: 2, counts: aStatus({ succeeded: 2 }).counts } as const;
  const rest = { name: 'rest', state: 'RUNNING', imageCount: 5, counts: pendingCounts(5) } as const;

  const { waves } = withOpenBatches(aStatus({ succeeded: 2, pending: 5 }, { waves: [done, rest] }), [
    open(aStatus({ succeeded: 1, running: 1 }), 'rest', 1),
    open(aStatus({ failed: 1 }), 'rest', 2),
  ]);

  expect(waves.map(({ counts }) => counts)).toEqual([
    done.counts,
    { ...pendingCounts(2), total: 5, succeeded: 1, running: 1, failed: 1 },
  ]);
});

it('counts a batch once that the root has counted already', () => {
  const root = aStatus({ succeeded: 5 }, { throttledCount: 3 });

  const status = withOpenBatches(root, [open(aStatus({ succeeded: 5 }, { throttledCount: 3 }))]);

  expect(status.counts).toEqual(root.counts);
  expect(status.throttledCount).toBe(3);
});

it('adds what open batches saw throttled to what those saw that have ended', () => {
  const root = aStatus({ succeeded: 10, running: 5 }, { throttledCount: 4 });

  const { throttledCount } = withOpenBatches(root, [
    open(aStatus({ running: 2 }, { throttledCount: 1 })),
    open(aStatus({ running: 3 }, { throttledCount: 2 })),
  ]);

  expect(throttledCount).toBe(7);
});

it('names what was throttled by operation, account and Region, with the newest pace', () => {
  const put = { account: '111111111111', region: 'us-east-1', operation: 'PutImagePolicy' } as const;
  const early = { ...put, count: 3, perSecond: 8, at: '2026-11-24T07:00:00.000Z' };
  const late = { ...put, count: 1, perSecond: 4.2, at: '2026-11-24T07:00:01.000Z' };
  const root = aStatus({ succeeded: 10, running: 5 }, { throttled: [late] });

  const { throttled } = withOpenBatches(root, [
    open(aStatus({ running: 2 }, { throttled: [early] })),
    open(aStatus({ running: 3 })),
  ]);

  expect(throttled).toEqual([{ ...late, count: 4 }]);
});

it('names every failed image once', () => {
  const failure = { imageArn: 'a', code: 'share-failed', detail: '' } as const;
  const root = aStatus({ running: 2 }, { failures: [failure] });

  const { failures } = withOpenBatches(root, [
    open(aStatus({ failed: 2 }, { failures: [failure, { ...failure, imageArn: 'b' }] })),
  ]);

  expect(failures.map(({ imageArn }) => imageArn)).toEqual(['a', 'b']);
});

it('keeps the total, and never counts below zero', () => {
  const some = fc.nat({ max: 20 });
  const anyCounts = fc.record({ succeeded: some, failed: some, running: some, pending: some });
  const keeps = fc.property(anyCounts, fc.array(anyCounts, { maxLength: 4 }), (root, batches) => {
    const { counts } = withOpenBatches(
      aStatus(root),
      batches.map((batch) => open(aStatus(batch))),
    );
    const { total, ...states } = counts;

    expect(total).toBe(aStatus(root).counts.total);
    expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(total);
    expect(Math.min(...Object.values(states))).toBeGreaterThanOrEqual(0);
  });

  fc.assert(keeps);
});

import { describe, expect, it } from 'vitest';
import type { DriftKind } from '../../src/domain/drift.ts';
import { driftKinds } from '../../src/domain/drift.ts';
import type {
  LookedAtImage,
  ScheduledImageStep,
  ScheduleMode,
  ScheduleRules,
} from '../../src/domain/scheduled-change.ts';
import { mostChanges, scheduledImageStep, scheduledRunStep, scheduleModes } from '../../src/domain/scheduled-change.ts';
import { rigImage } from '../support/rig-images.ts';

const dayMs = 24 * 60 * 60 * 1000;
const nowMs = 100 * dayMs;
const removals: readonly DriftKind[] = ['access-removed-outside', 'share-gone', 'principal-lost'];

function anImage(change: Partial<LookedAtImage> = {}): LookedAtImage {
  return { image: rigImage('web'), action: 'CHANGE', driftKinds: ['widened-outside'], repairedAtMs: [], ...change };
}

function stepOf(change: Partial<LookedAtImage>, mode: ScheduleMode, isRegranting = false): ScheduledImageStep {
  return scheduledImageStep(anImage(change), { mode, isRegranting }, nowMs);
}

describe('what a scheduled run does with an image', () => {
  it('shares what is new, unless it only detects', () => {
    const steps = scheduleModes.map((mode) => stepOf({ driftKinds: null }, mode));

    expect(steps).toEqual([{ kind: 'leave', why: 'mode' }, { kind: 'share' }, { kind: 'share' }]);
  });

  it('repairs what was widened in no mode but repair', () => {
    const steps = scheduleModes.map((mode) => stepOf({}, mode));

    expect(steps).toEqual([{ kind: 'leave', why: 'mode' }, { kind: 'leave', why: 'mode' }, { kind: 'repair' }]);
  });

  it.each(removals)('gives nothing back of %s, whatever else has drifted, unless it regrants', (kind) => {
    const drifted = { driftKinds: [...new Set<DriftKind>([kind, ...driftKinds])] };

    expect(stepOf(drifted, 'repair')).toEqual({ kind: 'leave', why: 'removed-outside' });
    expect(stepOf(drifted, 'repair', true)).toEqual({ kind: 'repair' });
  });

  it.each(scheduleModes)('leaves what is in sync or blocked alone in mode %s', (mode) => {
    expect(stepOf({ action: 'UNCHANGED' }, mode, true)).toEqual({ kind: 'leave', why: 'in-sync' });
    expect(stepOf({ action: 'BLOCKED', driftKinds: null }, mode, true)).toEqual({ kind: 'leave', why: 'blocked' });
  });

  it('holds an image that was repaired three times in seven days', () => {
    const within = [6, 5, 4].map((days) => nowMs - days * dayMs);
    const before = [7, 5, 4].map((days) => nowMs - days * dayMs);

    expect(stepOf({ repairedAtMs: within }, 'repair')).toEqual({ kind: 'hold' });
    expect(stepOf({ repairedAtMs: before }, 'repair')).toEqual({ kind: 'repair' });
  });
});

describe('what a scheduled run does as a whole', () => {
  const rules: ScheduleRules = { mode: 'repair', isRegranting: false };
  const named = (count: number, step: ScheduledImageStep) =>
    Array.from({ length: count }, (_, index) => ({ image: rigImage(`${step.kind}-${index}`), step }));
  const left: ScheduledImageStep = { kind: 'leave', why: 'in-sync' };

  it('does nothing where nothing is to be changed', () => {
    expect(scheduledRunStep([...named(5, left), ...named(1, { kind: 'hold' })], rules)).toEqual({ kind: 'nothing' });
  });

  it('rolls out just the images that are to be changed', () => {
    const changed = [...named(1, { kind: 'share' }), ...named(1, { kind: 'repair' })];

    const step = scheduledRunStep([...changed, ...named(18, left)], rules);

    expect(step).toEqual({ kind: 'rollout', images: changed.map(({ image }) => image) });
  });

  it('pauses where more are to be changed than may be', () => {
    const steps = [...named(3, { kind: 'repair' }), ...named(17, left)];

    expect(scheduledRunStep(steps, rules)).toEqual({ kind: 'pause', wantedCount: 3, maxCount: 2 });
    expect(scheduledRunStep(steps, { ...rules, maxChanges: 3 }).kind).toBe('rollout');
  });

  it.each([
    [1, 1],
    [9, 1],
    [10, 1],
    [29, 2],
    [100, 10],
    [10_000, 10],
  ])('of %i images lets %i be changed', (count, most) => {
    expect(mostChanges(count, {})).toBe(most);
  });
});

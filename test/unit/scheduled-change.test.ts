import { describe, expect, it } from 'vitest';
import type { DriftKind } from '../../src/domain/drift.ts';
import { driftKinds } from '../../src/domain/drift.ts';
import type {
  LookedAtImage,
  ScheduledImageStep,
  ScheduleMode,
  ScheduleRules,
} from '../../src/domain/scheduled-change.ts';
import { compactImageSet } from '../../src/domain/image-set.ts';
import {
  flappingImages,
  mostChanges,
  scheduledImageStep,
  scheduledRunStep,
  scheduleModes,
} from '../../src/domain/scheduled-change.ts';
import { rigImage } from '../support/rig-images.ts';

const dayMs = 24 * 60 * 60 * 1000;
const nowMs = 100 * dayMs;
const web = rigImage('web');
const removals: readonly DriftKind[] = ['access-removed-outside', 'share-gone', 'principal-lost'];

function anImage(change: Partial<LookedAtImage> = {}): LookedAtImage {
  return {
    image: web,
    action: 'CHANGE',
    driftKinds: ['widened-outside'],
    isSeen: true,
    isUnproven: false,
    isUndone: false,
    isManifestChanged: false,
    hasLost: false,
    ...change,
  };
}

function stepOf(change: Partial<LookedAtImage>, mode: ScheduleMode, isRegranting = false): ScheduledImageStep {
  return scheduledImageStep(anImage(change), { mode, isRegranting }, false);
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

  it.each(scheduleModes)('leaves what was written and never proven to a person in mode %s', (mode) => {
    const unproven = { driftKinds: [], isUnproven: true } as const;

    expect(stepOf(unproven, mode, true)).toEqual({ kind: 'leave', why: 'unproven' });
    expect(stepOf({ ...unproven, action: 'UNCHANGED' }, mode)).toEqual({ kind: 'leave', why: 'in-sync' });
  });

  it.each(scheduleModes)('leaves what was undone, or has another manifest now, to a person in mode %s', (mode) => {
    expect(stepOf({ isUndone: true }, mode, true)).toEqual({ kind: 'leave', why: 'undone' });
    expect(stepOf({ isUndone: true, driftKinds: [] }, mode)).toEqual({ kind: 'leave', why: 'undone' });
    expect(stepOf({ isManifestChanged: true }, mode, true)).toEqual({ kind: 'leave', why: 'manifest-changed' });
    expect(stepOf({ driftKinds: [] }, mode)).toEqual({ kind: 'leave', why: 'manifest-changed' });
  });

  it.each([
    ['guardrail-violated', true, 'refused'],
    ['limits-exceeded', false, 'refused'],
    ['aws-access-denied', false, 'unseen'],
    ['image-gone', false, 'blocked'],
    ['image-held', true, 'blocked'],
  ] as const)('tells an image with %s from others', (code, isSeen, why) => {
    expect(stepOf({ action: 'BLOCKED', code, isSeen, driftKinds: null }, 'repair')).toEqual({ kind: 'leave', why });
  });

  it('gives nothing back to a principal that may do less than was applied, unless it regrants', () => {
    const narrowed = { driftKinds: ['permission-changed'] as const, hasLost: true };

    expect(stepOf(narrowed, 'repair')).toEqual({ kind: 'leave', why: 'removed-outside' });
    expect(stepOf(narrowed, 'repair', true)).toEqual({ kind: 'repair' });
  });

  it.each([
    [[6, 5, 4], { kind: 'hold' }],
    [[7, 5, 4], { kind: 'repair' }],
    [[6, 5], { kind: 'repair' }],
  ])('repaired %j days ago decides whether it is held', (days, step) => {
    const repairs = days.map((ago) => ({
      at: new Date(nowMs - ago * dayMs).toISOString(),
      images: compactImageSet([web]),
    }));

    const isFlapping = flappingImages(repairs, nowMs).has(web);

    expect(scheduledImageStep(anImage(), { mode: 'repair', isRegranting: false }, isFlapping)).toEqual(step);
  });
});

describe('what a scheduled run does as a whole', () => {
  const rules: ScheduleRules = { mode: 'repair', isRegranting: false };
  const named = (count: number, step: ScheduledImageStep) =>
    Array.from({ length: count }, (_, index) => ({ image: rigImage(`${step.kind}-${index}`), step }));
  const left: ScheduledImageStep = { kind: 'leave', why: 'in-sync' };

  it('does nothing where nothing is to be changed', () => {
    expect(scheduledRunStep([...named(5, left), ...named(1, { kind: 'hold' })], rules, 100)).toEqual({
      kind: 'nothing',
    });
  });

  it('rolls out just the images that are to be changed', () => {
    const changed = [...named(1, { kind: 'share' }), ...named(1, { kind: 'repair' })];

    const step = scheduledRunStep([...changed, ...named(18, left)], rules, 100);

    expect(step).toEqual({ kind: 'rollout', images: changed.map(({ image }) => image) });
  });

  it('pauses where more are to be changed than may be', () => {
    const steps = [...named(3, { kind: 'repair' }), ...named(17, left)];

    const pause = { kind: 'pause', wantedCount: 3, maxCount: 2 };
    expect(scheduledRunStep(steps, rules, 100)).toEqual({ ...pause, limit: 'max-changes' });
    expect(scheduledRunStep(steps, { ...rules, maxChanges: 3 }, 100).kind).toBe('rollout');
    const guarded = scheduledRunStep(steps, { ...rules, maxChanges: 3 }, 10);
    expect(guarded).toEqual({ ...pause, limit: 'max-changed-percentage' });
  });

  it('knows that it does not know where images could not be seen, and rolls out to the others all the same', () => {
    const unseen = named(2, { kind: 'leave', why: 'unseen' });

    expect(scheduledRunStep([...unseen, ...named(3, left)], rules, 100)).toEqual({ kind: 'blind', unseenCount: 2 });
    expect(scheduledRunStep([...unseen, ...named(1, { kind: 'share' })], rules, 100).kind).toBe('rollout');
  });

  it('is refused where a guardrail or a limit stands against every image that is there', () => {
    const refused = named(2, { kind: 'leave', why: 'refused' });

    expect(scheduledRunStep([...refused, ...named(1, { kind: 'leave', why: 'blocked' })], rules, 100).kind).toBe(
      'refused',
    );
    expect(scheduledRunStep([...refused, ...named(1, left)], rules, 100).kind).toBe('nothing');
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

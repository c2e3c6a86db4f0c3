import { describe, expect, it } from 'vitest';
import { associationKey, attemptKey } from '../../src/domain/align.ts';
import { nextStep } from '../../src/domain/converge.ts';
import { baselineOf } from '../../src/domain/shares.ts';
import type { ObservedShare } from '../../src/domain/observation.ts';
import type { OnNotVisible } from '../../src/domain/situation.ts';
import type { Step } from '../../src/domain/step.ts';
import {
  a,
  anImage,
  aPrincipal,
  aShare,
  aSituation,
  aTarget,
  b,
  c,
  getOnly,
  grantsTo,
  pair,
  shareArn,
} from '../support/builders.ts';

/** The next step of an image with these shares of ours towards some grants. */
function stepOf(shares: readonly ObservedShare[], grants = grantsTo([a, b])): Step {
  return nextStep(aSituation(anImage([], shares), { wanted: aTarget(grants) }));
}

describe('the principals of a share', () => {
  it('are added before others are taken away', () => {
    expect(stepOf([aShare(1, [c])])).toEqual({ kind: 'associate', shareArn: shareArn(1), entities: [a, b] });
  });

  it('are taken away once all others are there', () => {
    expect(stepOf([aShare(1, [a, b, c])])).toEqual({ kind: 'disassociate', shareArn: shareArn(1), entities: [c] });
  });

  it('are taken away by the name that RAM has for them', () => {
    const unit = aPrincipal('ou-ab12-cdef', { associatedEntity: 'arn:aws:organizations::9:ou/o-1/ou-ab12-cdef' });

    expect(stepOf([aShare(1, [a, b, unit])])).toMatchObject({ entities: [unit.associatedEntity] });
  });

  it('stay while somebody who was added is not there yet', () => {
    const now = anImage([], [aShare(1, [a, c])]);
    const memory = { associated: [associationKey(shareArn(1), b)] };

    expect(nextStep(aSituation(now, { hasWritten: true, memory }))).toMatchObject({
      kind: 'wait',
      code: 'not-in-sync',
    });
  });

  describe('where RAM fails to associate who was added', () => {
    const failed = aPrincipal(b, { status: 'FAILED', changedAtMs: 5 });
    const baseline = baselineOf(anImage([], [aShare(1, [a, c])]));
    const stepFrom = (principals: Parameters<typeof aShare>[1], onNotVisible: OnNotVisible) =>
      nextStep(aSituation(anImage([], [aShare(1, principals)]), { baseline, hasWritten: true, onNotVisible }));

    it('are taken away all the same, and then the image stops, where what was written stays', () => {
      expect(stepFrom([a, c, failed], 'keep')).toMatchObject({ kind: 'disassociate', entities: [c] });
      expect(stepFrom([a, failed], 'keep')).toMatchObject({ kind: 'stop', code: 'not-visible' });
    });

    it('stay, and the image stops at once, where all goes back', () => {
      expect(stepFrom([a, c, failed], 'restore')).toMatchObject({ kind: 'stop', code: 'not-visible' });
    });
  });

  it('are tried once more where they had failed before', () => {
    const failed = aPrincipal(b, { status: 'FAILED' });

    expect(stepOf([aShare(1, [a, failed])])).toMatchObject({ kind: 'associate', entities: [b] });
  });

  it.each([
    { what: 'RAM still shows the failure from before', failedAtMs: 5, changedAtMs: 5, next: { kind: 'associate' } },
    { what: 'RAM failed again', failedAtMs: 5, changedAtMs: 6, next: { kind: 'stop', code: 'not-visible' } },
    { what: 'RAM failed', failedAtMs: undefined, changedAtMs: 5, next: { kind: 'stop', code: 'not-visible' } },
  ])('get one attempt whose answer was lost, where $what', ({ failedAtMs, changedAtMs, next }) => {
    const now = anImage([], [aShare(1, [a, aPrincipal(b, { status: 'FAILED', changedAtMs })])]);
    const memory = { attempted: [attemptKey(shareArn(1), b, failedAtMs)] };
    const baseline = baselineOf(anImage([], []));

    expect(nextStep(aSituation(now, { baseline, hasWritten: true, memory }))).toMatchObject(next);
  });

  it('are not added twice where another share gives them the same', () => {
    expect(stepOf([aShare(1, [a]), aShare(2, [b, c])])).toMatchObject({
      kind: 'disassociate',
      shareArn: shareArn(2),
      entities: [c],
    });
  });
});

describe('the permission of a share', () => {
  it('is replaced first where that gives nobody too much and takes nothing that is wanted', () => {
    expect(stepOf([aShare(1, [a], { actions: getOnly })])).toMatchObject({
      kind: 'replace-permission',
      shareArn: shareArn(1),
    });
  });

  it('is replaced last where somebody who leaves would get more', () => {
    expect(stepOf([aShare(1, [c], { actions: getOnly })])).toMatchObject({ kind: 'associate', entities: [a, b] });
    expect(stepOf([aShare(1, [a, b, c], { actions: getOnly })])).toMatchObject({ kind: 'replace-permission' });
  });

  it('stays, and a second share is made, where two principals are to have different things', () => {
    const grants = [...grantsTo([a]), ...grantsTo([b], getOnly)];

    const step = stepOf([aShare(1, [a, b])], grants);

    expect(step).toEqual({ kind: 'create-share', bundle: { actions: getOnly, principals: [b] }, entities: [b] });
  });

  it('decides which of two shares carries what', () => {
    const grants = [...grantsTo([a], getOnly), ...grantsTo([b])];

    const step = stepOf([aShare(1, [], { actions: pair }), aShare(2, [], { actions: getOnly })], grants);

    expect(step).toMatchObject({ kind: 'associate', shareArn: shareArn(1), entities: [b] });
  });
});

describe('a share of ours that covers other images', () => {
  it('is never changed: what is missing goes into a share of its own', () => {
    expect(stepOf([aShare(1, [a], { otherResourceCount: 1 })])).toMatchObject({ kind: 'create-share', entities: [b] });
  });

  it('stops the image before the first write where it gives too much', () => {
    const crowded = aShare(1, [a, b, c], { otherResourceCount: 1 });

    expect(stepOf([crowded, aShare(2, [])])).toMatchObject({ kind: 'stop', code: 'share-covers-others' });
  });
});

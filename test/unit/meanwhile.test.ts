import { describe, expect, it } from 'vitest';
import { isChangedByAnother } from '../../src/domain/meanwhile.ts';
import { baselineOf } from '../../src/domain/shares.ts';
import { a, anImage, aShare, aSituation, aTarget, b, c, grantsTo, shareArn } from '../support/builders.ts';

const nothing = anImage();

describe('what somebody else did', () => {
  it.each([
    ['the baseline', nothing, nothing],
    ['the wanted policy', nothing, anImage(grantsTo([a, b]))],
    ['a share on its way to the wanted principals', anImage([], [aShare(1, [c])]), anImage([], [aShare(1, [a, c])])],
    ['a share on its way back', anImage([], [aShare(1, [c])]), anImage([], [aShare(1, [a, b, c])])],
  ])('is nothing where the image shows %s', (_, before, now) => {
    expect(isChangedByAnother(aSituation(now, { baseline: baselineOf(before), hasWritten: true }))).toBeNull();
  });

  it('names the share that now covers the image', () => {
    const now = anImage([], [aShare(7, [c], { rolloutTag: null })]);

    expect(isChangedByAnother(aSituation(now, { baseline: baselineOf(nothing) }))).toContain(shareArn(7));
  });

  it('names the share that does not cover the image any more', () => {
    const before = baselineOf(anImage([], [aShare(7, [c])]));

    expect(isChangedByAnother(aSituation(nothing, { baseline: before }))).toContain(shareArn(7));
  });

  it('names who has access instead', () => {
    expect(isChangedByAnother(aSituation(anImage(grantsTo([c])), { baseline: baselineOf(nothing) }))).toContain(c);
  });

  it('says that nobody has access where somebody should', () => {
    const before = baselineOf(anImage(grantsTo([c])));

    expect(isChangedByAnother(aSituation(nothing, { baseline: before }))).toContain('nobody has access');
  });

  it('is not a share of ours that is gone where nobody is wanted', () => {
    const before = baselineOf(anImage([], [aShare(1, [a])]));

    expect(isChangedByAnother(aSituation(nothing, { baseline: before, wanted: aTarget([]) }))).toBeNull();
  });

  it('is a share of another that is gone, also where nobody is wanted', () => {
    const before = baselineOf(anImage([], [aShare(1, [a], { rolloutTag: null })]));

    expect(isChangedByAnother(aSituation(nothing, { baseline: before, wanted: aTarget([]) }))).toContain(shareArn(1));
  });

  it('is an action that neither the baseline nor the rollout has', () => {
    const now = anImage([], [aShare(1, [a, b], { actions: ['imagebuilder:DeleteImage'] })]);
    const before = baselineOf(anImage([], [aShare(1, [a])]));

    expect(isChangedByAnother(aSituation(now, { baseline: before }))).not.toBeNull();
  });
});

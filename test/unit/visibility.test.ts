import { describe, expect, it } from 'vitest';
import type { Visibility } from '../../src/domain/visibility.ts';
import { hasExcess, judgeVisibility, sightOf, sumOfVerdicts, worstVerdicts } from '../../src/domain/visibility.ts';
import { a, anImage, aPrincipal, aShare, aTarget, b, c, grantsTo } from '../support/builders.ts';

const wanted = aTarget(grantsTo([a, b]));
const verdict = (principal: string, said: Visibility['verdict']): Visibility => ({ principal, verdict: said });

describe('the owner sees that a principal', () => {
  it('finds the image once it is ASSOCIATED with a promoted share', () => {
    expect(judgeVisibility(anImage([], [aShare(1, [a, b])]), wanted, {})).toEqual([
      verdict(a, 'VISIBLE'),
      verdict(b, 'VISIBLE'),
    ]);
  });

  it.each([
    ['the share is not promoted', aShare(1, [a, b], { featureSet: 'CREATED_FROM_POLICY' })],
    ['the share is not ACTIVE', aShare(1, [a, b], { status: 'FAILED' })],
    ['the image is not in the share', aShare(1, [a, b], { imageStatus: 'DISASSOCIATING' })],
    [
      'its association failed',
      aShare(
        1,
        [a, b].map((id) => aPrincipal(id, { status: 'FAILED' })),
      ),
    ],
  ])('does not find it where %s', (_, share) => {
    const verdicts = judgeVisibility(anImage([], [share]), wanted, {}).map((one) => one.verdict);

    expect(verdicts).toEqual(['NOT_VISIBLE', 'NOT_VISIBLE']);
  });

  it('still has to accept its invitation, which ends after twelve hours', () => {
    const invited = aPrincipal(b, { status: 'ASSOCIATING', changedAtMs: 0 });

    expect(judgeVisibility(anImage([], [aShare(1, [a, invited])]), wanted, {})).toContainEqual({
      principal: b,
      verdict: 'AWAITING_ACCEPTANCE',
      expiresAt: '1970-01-01T12:00:00.000Z',
    });
  });
});

describe("a consumer's own look", () => {
  it.each([
    ['VISIBLE', 'VISIBLE'],
    ['NOT_VISIBLE', 'NOT_VISIBLE'],
    ['DENIED', 'INCONCLUSIVE'],
  ] as const)('that says %s makes a principal %s', (view, expected) => {
    const verdicts = judgeVisibility(anImage([], [aShare(1, [a, b])]), wanted, { [a]: view });

    expect(verdicts[0]?.verdict).toBe(expected);
  });

  it('does not count where the owner knows better', () => {
    expect(judgeVisibility(anImage(), wanted, { [a]: 'VISIBLE' })[0]?.verdict).toBe('NOT_VISIBLE');
  });
});

describe('all verdicts', () => {
  it.each([
    [[], 'VISIBLE'],
    [['VISIBLE', 'VISIBLE'], 'VISIBLE'],
    [['VISIBLE', 'AWAITING_ACCEPTANCE'], 'INCONCLUSIVE'],
    [['VISIBLE', 'INCONCLUSIVE'], 'INCONCLUSIVE'],
    [['AWAITING_ACCEPTANCE', 'NOT_VISIBLE'], 'NOT_VISIBLE'],
  ] as const)('%j come to %s', (verdicts, expected) => {
    expect(sumOfVerdicts(verdicts.map((said) => verdict(a, said)))).toBe(expected);
  });

  it('are cut to those that ask for attention', () => {
    const verdicts = [verdict(a, 'VISIBLE'), verdict(b, 'AWAITING_ACCEPTANCE'), verdict(c, 'NOT_VISIBLE')];

    expect(worstVerdicts(verdicts, 2).map(({ principal }) => principal)).toEqual([c, b]);
  });
});

describe('an excess', () => {
  it.each([
    ['somebody in a share who is not wanted', anImage([], [aShare(1, [a, b, c])]), true],
    ['somebody in the policy who is not wanted', { ...anImage(), policyGrants: grantsTo([c]) }, true],
    ['nobody besides the wanted', anImage([], [aShare(1, [a])]), false],
  ])('is %s', (_, observed, expected) => {
    expect(hasExcess(observed, wanted, 'block')).toBe(expected);
  });

  it('is not what a foreign share gives that is left alone', () => {
    const observed = anImage([], [aShare(1, [a, b]), aShare(2, [c], { rolloutTag: null })]);

    const excess = (['leave', 'block'] as const).map((how) => sightOf(observed, wanted, {}, how).excess);

    expect(excess).toEqual([[], [c]]);
    expect(hasExcess(observed, wanted, 'leave')).toBe(false);
  });
});

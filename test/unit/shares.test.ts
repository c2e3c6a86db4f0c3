import { describe, expect, it } from 'vitest';
import { grantLine } from '../../src/domain/grants.ts';
import { acceptanceDueMs, baselineOf, isOurs, liveGrants, ourShares, shareGrants } from '../../src/domain/shares.ts';
import { a, anImage, aPrincipal, aShare, aSituation, b, c, getOnly, grantsTo, shareArn } from '../support/builders.ts';

describe('what a share gives', () => {
  it.each(['ASSOCIATED', 'ASSOCIATING', 'SUSPENDED', 'SUSPENDING', 'RESTORING'] as const)(
    'counts who is %s',
    (status) => {
      expect(shareGrants(aShare(1, [aPrincipal(a, { status })], { actions: getOnly })).map(grantLine)).toEqual([
        `${a} imagebuilder:GetImage`,
      ]);
    },
  );

  it.each(['FAILED', 'DISASSOCIATING', 'DISASSOCIATED'] as const)('does not count who is %s', (status) => {
    expect(shareGrants(aShare(1, [aPrincipal(a, { status })]))).toEqual([]);
  });
});

describe('what an image gives', () => {
  it('is what its policy says while no share is promoted', () => {
    const unpromoted = aShare(1, [a], { featureSet: 'CREATED_FROM_POLICY' });

    expect(liveGrants(anImage(grantsTo([b]), [unpromoted]))).toEqual(grantsTo([b]));
  });

  it('is what its shares say once all are promoted, because RAM writes the policy later', () => {
    expect(liveGrants({ ...anImage([], [aShare(1, [a])]), policyGrants: grantsTo([a, c]) })).toEqual(grantsTo([a]));
  });

  it('is both where a policy and a promoted share are side by side', () => {
    const beside = aShare(2, [b], { featureSet: 'CREATED_FROM_POLICY' });

    expect(liveGrants(anImage(grantsTo([b]), [aShare(1, [a]), beside]))).toEqual(grantsTo([a, b]));
  });
});

describe('a share of ours', () => {
  const empty = baselineOf(anImage());

  it.each([
    ['has our tag', aShare(1, [a]), true],
    ['is not promoted yet', aShare(1, [a], { featureSet: 'CREATED_FROM_POLICY', rolloutTag: null }), true],
    ['is neither: it is foreign', aShare(1, [a], { rolloutTag: null }), false],
  ])('%s', (_, share, expected) => {
    expect(isOurs(share, empty, [])).toBe(expected);
  });

  it('was seen before its promotion by this transaction, or in its baseline', () => {
    const promoted = aShare(1, [a], { rolloutTag: null });
    const before = baselineOf(anImage(grantsTo([a]), [aShare(1, [a], { featureSet: 'CREATED_FROM_POLICY' })]));

    expect([isOurs(promoted, empty, [shareArn(1)]), isOurs(promoted, before, [])]).toEqual([true, true]);
  });

  describe('whose ARN is new', () => {
    const heir = aShare(2, [a], { rolloutTag: null });
    const memory = { ownShareArns: [shareArn(1)] };
    const arnsOf = (shares: Parameters<typeof anImage>[1], change: object = { memory }) =>
      ourShares(aSituation(anImage([], shares), { baseline: empty, ...change })).map((share) => share.shareArn);

    it('takes the place of one that is gone', () => {
      expect(arnsOf([heir])).toEqual([shareArn(2)]);
    });

    it('is foreign where none of ours is gone', () => {
      expect(arnsOf([heir], {})).toEqual([]);
    });

    it('is foreign where it gives somebody else something', () => {
      expect(arnsOf([aShare(2, [a, c], { rolloutTag: null })])).toEqual([]);
    });

    it('is foreign where it covers other resources', () => {
      expect(arnsOf([{ ...heir, otherResourceCount: 1 }])).toEqual([]);
    });

    it('is foreign where there are more such shares than are gone', () => {
      expect(arnsOf([heir, aShare(3, [b], { rolloutTag: null })])).toEqual([]);
    });
  });
});

describe('a principal that may have to accept', () => {
  const graceMs = 60_000;
  const dueAt = (ageMs: number, share: Parameters<typeof aShare>[2] = {}, principal: string = a) => {
    const late = aPrincipal(principal, { status: 'ASSOCIATING', changedAtMs: 1_000_000 });
    const image = anImage(grantsTo([a]), [aShare(1, [late, aPrincipal(b)], share)]);
    return acceptanceDueMs({ ...image, observedAtMs: 1_000_000 + ageMs }, graceMs);
  };

  it.each([
    { what: 'has just been added', ageMs: 9_999, dueMs: null },
    { what: 'takes longer than RAM does', ageMs: 10_000, dueMs: 50_001 },
    { what: 'is beyond the grace by the next look', ageMs: 60_000, dueMs: 1 },
    { what: 'has not accepted', ageMs: 60_001, dueMs: null },
  ])('is looked at again at the end of the grace, or as ever, where it $what', ({ ageMs, dueMs }) => {
    expect(dueAt(ageMs)).toBe(dueMs);
  });

  it.each([
    { what: 'a share', share: { featureSet: 'PROMOTING_TO_STANDARD' } },
    { what: 'the image', share: { imageStatus: 'ASSOCIATING' } },
  ] as const)('is looked at as ever where $what is in transition too', ({ share }) => {
    expect(dueAt(20_000, share)).toBeNull();
  });

  it('is an account, as nobody else is invited', () => {
    expect(dueAt(20_000, {}, 'o-abcdefgh12')).toBeNull();
  });
});

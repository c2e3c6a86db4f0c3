import { describe, expect, it } from 'vitest';
import type { ChangeFacts } from '../../src/domain/image-change.ts';
import { changeOf, leavingPrincipals } from '../../src/domain/image-change.ts';
import type { ObservedImage } from '../../src/domain/observation.ts';
import { a, aPrincipal, aShare, aTarget, anImage, b, c, grantsTo } from '../support/builders.ts';

const wanted = aTarget(grantsTo([a, b]));

function change(observed: ObservedImage, facts: Partial<ChangeFacts> = {}) {
  return changeOf({
    observed,
    wanted,
    foreignShares: 'block',
    launchPermission: null,
    acceptedPrincipals: [],
    guardrails: { allowWildcardPrincipal: false, maxImages: 1 },
    ...facts,
  });
}

describe('the change of an image', () => {
  it('makes it visible to everybody who is wanted where there is no share yet', () => {
    const { grade, becomesVisibleTo, becomesInvisibleTo, shareState } = change(anImage());

    expect({ grade, becomesVisibleTo, becomesInvisibleTo, shareState }).toEqual({
      grade: 'adds',
      becomesVisibleTo: [a, b],
      becomesInvisibleTo: [],
      shareState: 'none',
    });
  });

  it('only promotes where the policy grants what is wanted and nobody finds it', () => {
    const unpromoted = aShare(1, [a, b], { featureSet: 'CREATED_FROM_POLICY' });

    expect(change(anImage(grantsTo([a, b]), [unpromoted]))).toMatchObject({
      grade: 'promotes',
      diff: [],
      becomesVisibleTo: [a, b],
      shareState: 'not-promoted',
    });
  });

  it('makes it invisible to whoever finds it now and is not wanted', () => {
    expect(change(anImage([], [aShare(1, [a, c])]))).toMatchObject({
      grade: 'removes',
      becomesVisibleTo: [b],
      becomesInvisibleTo: [c],
      shareState: 'standard',
    });
  });

  it('does not make it visible to an account that still has to accept', () => {
    const invited = aPrincipal(b, { status: 'ASSOCIATING', hasPendingInvitation: true });

    expect(change(anImage([], [aShare(1, [a, invited])])).becomesVisibleTo).toEqual([]);
  });

  it('keeps what a foreign share gives where it is left alone', () => {
    const foreign = aShare(1, [c], { rolloutTag: null });

    const left = change(anImage([], [foreign]), { foreignShares: 'leave' });
    const adopted = change(anImage([], [foreign]), { foreignShares: 'adopt' });

    expect([left.grade, left.shareState, left.becomesInvisibleTo]).toEqual(['adds', 'foreign', []]);
    expect([adopted.grade, adopted.becomesInvisibleTo]).toEqual(['removes', [c]]);
  });

  it('takes more calls the more there is to do', () => {
    const narrowed = change(anImage([], [aShare(1, [a, b, c])]));
    const replaced = change(anImage([], [aShare(1, [a, c])]));

    expect(replaced.callCount).toBeGreaterThan(narrowed.callCount);
  });

  it('takes access from those who have it and are not wanted, unless by a foreign share that is left alone', () => {
    const observed = anImage([], [aShare(1, [a]), aShare(2, [c], { rolloutTag: null })]);

    expect(leavingPrincipals(observed, wanted, 'block')).toEqual([c]);
    expect(leavingPrincipals(observed, wanted, 'leave')).toEqual([]);
  });
});

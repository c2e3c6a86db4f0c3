import { describe, expect, it } from 'vitest';
import type { DriftKind } from '../../src/domain/drift.ts';
import { imageDrift } from '../../src/domain/drift.ts';
import type { Grant } from '../../src/domain/grants.ts';
import type { ObservedImage } from '../../src/domain/observation.ts';
import { a, aPrincipal, aShare, anImage, b, c, getOnly, grantsTo } from '../support/builders.ts';

const applied = grantsTo([a, b]);

function driftOf(observed: ObservedImage, given: readonly Grant[]): readonly DriftKind[] {
  return imageDrift(observed, given, 'block').kinds;
}

describe('drift', () => {
  it('is nothing where a share gives what was applied', () => {
    expect(driftOf(anImage([], [aShare(1, [a, b])]), applied)).toEqual([]);
  });

  it('is nothing where nobody was to have access, and nobody has', () => {
    expect(driftOf(anImage(), [])).toEqual([]);
  });

  it('is nothing where an account has not accepted yet', () => {
    const invited = aPrincipal(b, { status: 'ASSOCIATING', hasPendingInvitation: true });
    const observed = anImage([], [aShare(1, [a, invited])]);

    expect(driftOf({ ...observed, policyGrants: grantsTo([a]) }, applied)).toEqual([]);
  });

  it('is widened-outside where a principal has access that was not given', () => {
    expect(driftOf(anImage([], [aShare(1, [a, b, c])]), applied)).toEqual(['widened-outside']);
    expect(driftOf(anImage([], [aShare(1, [c])]), [])).toEqual(['widened-outside']);
  });

  it('is widened-outside where only the policy says more than the shares', () => {
    const observed = anImage([], [aShare(1, [a, b])]);

    expect(driftOf({ ...observed, policyGrants: grantsTo([a, b, c]) }, applied)).toEqual(['widened-outside']);
  });

  it('is access-removed-outside where a principal has lost what was given', () => {
    expect(driftOf(anImage([], [aShare(1, [a])]), applied)).toEqual(['access-removed-outside']);
  });

  it('is share-gone where no share covers the image, beside the access that went with it', () => {
    expect(driftOf(anImage(), applied)).toEqual(['access-removed-outside', 'share-gone']);
    expect(driftOf(anImage(applied), applied)).toEqual(['share-gone']);
  });

  it('is share-not-promoted where a share came of a policy', () => {
    const unpromoted = aShare(1, [a, b], { featureSet: 'CREATED_FROM_POLICY' });

    expect(driftOf(anImage(applied, [unpromoted]), applied)).toEqual(['share-not-promoted']);
  });

  it('is nothing where RAM has kept a share that gives nobody anything', () => {
    const kept = aShare(1, [a, b], { featureSet: 'CREATED_FROM_POLICY' });

    expect(driftOf(anImage([], [kept]), [])).toEqual([]);
  });

  it('does not count what a foreign share gives that is left alone', () => {
    const foreign = aShare(2, [c], { rolloutTag: null });
    const observed = anImage([], [aShare(1, [a, b]), foreign]);

    expect(imageDrift(observed, applied, 'leave')).toEqual({ kinds: [], diff: [] });
    expect(imageDrift(observed, applied, 'block').kinds).toEqual(['widened-outside']);
  });

  it.each(['FAILED', 'SUSPENDED'] as const)('is principal-lost where RAM has a principal as %s', (status) => {
    const observed = anImage([], [aShare(1, [a, aPrincipal(b, { status })])]);

    expect(driftOf(observed, applied)).toEqual(['principal-lost']);
  });

  it('is permission-changed where a principal may do more or less than was given', () => {
    const less = anImage([], [aShare(1, [a, b], { actions: getOnly })]);
    const more = anImage([], [aShare(1, [a, b], { actions: [...getOnly, 'imagebuilder:ListImages', 'other:Action'] })]);

    expect(driftOf(less, applied)).toEqual(['permission-changed']);
    expect(driftOf(more, applied)).toEqual(['permission-changed']);
  });

  it('tells what has changed since', () => {
    const { diff } = imageDrift(anImage([], [aShare(1, [a, c])]), applied, 'block');

    expect(diff.map(({ principal, change }) => [principal, change])).toEqual([
      [b, 'removed'],
      [c, 'added'],
    ]);
  });
});

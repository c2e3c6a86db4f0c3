import { expect, it } from 'vitest';
import type { ObservedImage } from '../../src/domain/observation.ts';
import { stateText } from '../../src/domain/state-text.ts';
import { a, aPrincipal, aShare, anImage, b, getOnly, grantsTo } from '../support/builders.ts';

const image = anImage([], [aShare(1, [a])]);

it('is the same at another time, and for another way of writing the policy', () => {
  const later: ObservedImage = {
    ...anImage([], [aShare(1, [aPrincipal(a, { changedAtMs: 77 })])]),
    observedAtMs: 99,
    policy: `${image.policy ?? ''} `,
  };

  expect(stateText(later)).toBe(stateText(image));
});

it.each([
  ['a grant', { ...image, policyGrants: grantsTo([a, b]) }],
  ['the policy', { ...image, policy: null }],
  ['a principal', anImage([], [aShare(1, [a, b])])],
  ['the state of a principal', anImage([], [aShare(1, [aPrincipal(a, { status: 'FAILED' })])])],
  ['a share', anImage([], [aShare(2, [a])])],
  ['the promotion of a share', anImage([], [aShare(1, [a], { featureSet: 'CREATED_FROM_POLICY' })])],
  ['the tag of a share', anImage([], [aShare(1, [a], { rolloutTag: null })])],
  ['the permission of a share', anImage([], [aShare(1, [a], { actions: getOnly })])],
  ['what else is in a share', anImage([], [aShare(1, [a], { otherResourceCount: 1 })])],
])('is another one when %s changes', (_, changed) => {
  expect(stateText(changed)).not.toBe(stateText(image));
});

import { describe, expect, it } from 'vitest';
import { judge } from '../../src/activities/judging.ts';
import type { PolicyReference } from '../../src/contracts/image.ts';
import type { ObservedImage } from '../../src/domain/observation.ts';
import { baselineOf } from '../../src/domain/shares.ts';
import { a, anImage, aShare, aTarget, b, c, grantsTo } from '../support/builders.ts';

const before = baselineOf(anImage([], [aShare(1, [c])]));
const wanted = aTarget(grantsTo([a, b]));
const options = {
  foreignShares: 'block',
  onNotVisible: 'keep',
  ownerRoles: {},
  consumerRoles: {},
  timing: {},
} as const;

/** What an undo finds to do, where the rollout could not see what it had left behind. */
function verdictOfUndo(observed: ObservedImage, policy: PolicyReference, target = wanted, baseline = before) {
  const input = { options, policy, earlier: { kind: 'undo', rolloutName: 'golden', since: '' } } as const;
  return judge(observed, target, input, { baseline, grantsSha256: null }).verdict;
}

it('a redrive keeps the first baseline, where what is there can have come from the rollout', () => {
  const earlier = { kind: 'redrive', rolloutName: 'golden', since: '' } as const;
  const baselineAt = (principals: readonly string[]) =>
    judge(
      anImage([], [aShare(1, principals)]),
      wanted,
      { options, policy: { sha256: '', template: null }, earlier },
      {
        baseline: before,
        grantsSha256: null,
      },
    ).baseline.grants;

  expect(baselineAt([a, c])).toEqual(grantsTo([c]));
  expect(baselineAt(['999999999999'])).toEqual(grantsTo(['999999999999']));
});

describe('an undo of an image of which the proof had failed', () => {
  const policy = { sha256: '', template: null };

  it.each([
    ['what the rollout wanted', [a, b]],
    ['a part of the way there', [a, b, c]],
  ])('goes back where the image gives %s', (_, principals) => {
    expect(verdictOfUndo(anImage([], [aShare(1, principals)]), policy)).toEqual({ action: 'CHANGE' });
  });

  it('leaves it alone where somebody else has given access since', () => {
    const verdict = verdictOfUndo(anImage([], [aShare(1, [a, b, '999999999999'])]), policy);

    expect(verdict).toMatchObject({ action: 'BLOCKED' });
  });

  it.each([
    ['goes back where the principal alone is missing', [b], 'CHANGE'],
    ['leaves it alone where others have access instead', [a], 'BLOCKED'],
  ])('%s after a revocation', (_, principals, action) => {
    const observed = anImage([], [aShare(1, principals)]);
    const left = aTarget(grantsTo(principals));

    expect(
      verdictOfUndo(observed, { withoutPrincipal: c }, left, baselineOf(anImage([], [aShare(1, [b, c])]))).action,
    ).toBe(action);
  });
});

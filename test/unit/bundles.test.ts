import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bundlesOf, permissionText, sharePermissionText } from '../../src/domain/bundles.ts';
import { sameGrants } from '../../src/domain/grants.ts';
import { a, aShare, b, c, getOnly, grantsTo, pair } from '../support/builders.ts';

describe('bundles', () => {
  it('hold together who may do the same', () => {
    expect(bundlesOf([...grantsTo([b]), ...grantsTo([a]), ...grantsTo([c], getOnly)])).toEqual([
      { actions: pair, principals: [a, b] },
      { actions: getOnly, principals: [c] },
    ]);
  });

  it('keep apart what is given under different conditions', () => {
    const [grant] = grantsTo([a], getOnly);
    if (grant === undefined) throw new Error('no grant');

    expect(bundlesOf([grant, { ...grant, condition: '{"Bool":{"x":["true"]}}' }])).toHaveLength(2);
  });

  it('give exactly the grants that they were made of', () => {
    const grant = fc.record({
      principal: fc.constantFrom(a, b, c),
      action: fc.constantFrom(...pair, 'imagebuilder:GetComponent'),
    });
    const keepsAll = fc.property(fc.array(grant), (grants) => {
      const given = bundlesOf(grants).flatMap(({ principals, actions }) => grantsTo(principals, actions));

      expect(sameGrants(given, grants)).toBe(true);
    });

    fc.assert(keepsAll);
  });
});

describe('the text of a permission', () => {
  it('is the same for every order of the actions', () => {
    expect(permissionText({ actions: [...pair].reverse() })).toBe(permissionText({ actions: pair }));
  });

  it('is that of the share that has it', () => {
    expect(sharePermissionText(aShare(1, [a], { actions: getOnly }))).toBe(permissionText({ actions: getOnly }));
  });

  it('differs by the condition', () => {
    expect(permissionText({ actions: pair, condition: '{}' })).not.toBe(permissionText({ actions: pair }));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/domain/grants.ts';
import { grantsWithout, normalGrants, principalsOf, sameGrants } from '../../src/domain/grants.ts';
import { applyGrantsDiff, diffGrants, diffSentences, diffText } from '../../src/domain/grants-diff.ts';
import { policyGrants } from '../../src/domain/policy.ts';
import { a, b, c, grantsTo, organization, ownerAccount, pair } from '../support/builders.ts';

const condition = '{"StringEquals":{"aws:SourceVpc":["vpc-1"]}}';

const anyGrant: fc.Arbitrary<Grant> = fc.record(
  {
    principal: fc.constantFrom(a, b, c, organization, '*', `arn:aws:iam::${a}:role/reader`),
    action: fc.constantFrom(...pair, 'imagebuilder:GetImagePolicy'),
    condition: fc.constantFrom(condition, '{"Bool":{"aws:SecureTransport":["true"]}}'),
  },
  { requiredKeys: ['principal', 'action'] },
);
const anyGrants = fc.array(anyGrant, { maxLength: 12 });

/** Grants to accounts, and two ways in which somebody may write them down. */
const rewritten = fc
  .array(fc.record({ principal: fc.constantFrom(a, b, c), action: fc.constantFrom(...pair) }), { maxLength: 8 })
  .chain((grants) =>
    fc.record({
      grants: fc.constant(grants),
      order: fc.shuffledSubarray(grants, { minLength: grants.length }),
      repeats: fc.subarray(grants),
      isRoot: fc.boolean(),
      isScalar: fc.boolean(),
    }),
  )
  .map(({ grants, order, repeats, isRoot, isScalar }) => {
    const listed = [...order, ...repeats].map(({ principal, action }, index) => ({
      Sid: `s${index}`,
      Effect: 'Allow',
      Principal: { AWS: written(isRoot ? `arn:aws:iam::${principal}:root` : principal, isScalar) },
      Action: written(action, isScalar),
      Resource: '*',
    }));
    return { grants, document: JSON.stringify({ Statement: listed, Version: '2012-10-17' }, null, isScalar ? 2 : 0) };
  });

function written(text: string, isScalar: boolean): string | readonly string[] {
  return isScalar ? text : [text];
}

describe('the diff of grants', () => {
  it('is empty for every order and repeat of the same', () => {
    const isEmpty = fc.property(
      anyGrants.chain((grants) => fc.tuple(fc.constant(grants), fc.shuffledSubarray(grants), fc.subarray(grants))),
      ([grants, shuffled, repeats]) => {
        const again = [...shuffled, ...repeats, ...grants.toReversed()];

        expect(diffGrants(grants, again)).toEqual([]);
      },
    );

    fc.assert(isEmpty);
  });

  it('is empty for every way of writing the same policy', () => {
    const isEmpty = fc.property(rewritten, ({ grants, document }) => {
      expect(diffGrants(grants, policyGrants(document, ownerAccount))).toEqual([]);
    });

    fc.assert(isEmpty);
  });

  it('names every principal that one side gives something that the other does not, and no other', () => {
    const namesAll = fc.property(anyGrants, anyGrants, (before, after) => {
      const symmetricDifference = [...grantsWithout(before, after), ...grantsWithout(after, before)];

      expect(diffGrants(before, after).map(({ principal }) => principal)).toEqual(principalsOf(symmetricDifference));
    });

    fc.assert(namesAll);
  });

  it('applied to the one side gives the other', () => {
    const leads = fc.property(anyGrants, anyGrants, (before, after) => {
      const there = applyGrantsDiff(before, diffGrants(before, after));

      expect(there).toEqual(normalGrants(after));
    });

    fc.assert(leads);
  });

  it('says of each principal whether it comes, goes or stays', () => {
    const says = fc.property(anyGrants, anyGrants, (before, after) => {
      for (const { principal, change, gains, loses } of diffGrants(before, after)) {
        const [was, is] = [before, after].map((grants) => principalsOf(grants).includes(principal));

        expect([was, is]).toEqual([change !== 'added', change !== 'removed']);
        expect(gains.length + loses.length).toBeGreaterThan(0);
      }
    });

    fc.assert(says);
  });

  it('has a text of its own', () => {
    const isOwn = fc.property(anyGrants, anyGrants, anyGrants, (before, after, other) => {
      const isSame = diffText(diffGrants(before, after)) === diffText(diffGrants(before, other));

      expect(isSame).toBe(sameGrants(after, other));
    });

    fc.assert(isOwn);
  });

  it('is told in one sentence a principal, with the names of accounts', () => {
    const before = [...grantsTo([b]), { principal: c, action: 'imagebuilder:GetImage' }];
    const after = [...grantsTo([a]), { principal: c, action: 'imagebuilder:GetImage', condition }];

    const sentences = diffSentences(diffGrants(before, after), { [a]: 'build', [ownerAccount]: 'images' });

    expect(sentences).toEqual([
      `adds ${a} (build): GetImage, ListImages`,
      `removes ${b}: GetImage, ListImages`,
      `changes ${c}: gains GetImage where ${condition}; loses GetImage`,
    ]);
  });
});

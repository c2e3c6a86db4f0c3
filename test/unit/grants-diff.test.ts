import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/domain/grants.ts';
import { grantsWithout, normalGrants, principalsOf } from '../../src/domain/grants.ts';
import type { GrantsDiff } from '../../src/domain/grants-diff.ts';
import { diffGrants, diffSentences } from '../../src/domain/grants-diff.ts';
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

/** What somebody may choose who writes grants down in a policy. */
interface Hand {
  /** What stands together in one statement. */
  readonly layout: 'each-apart' | 'by-principal' | 'by-action';
  /** Accounts as ARNs of their roots. */
  readonly isRoot: boolean;
  /** One text without a list around it. */
  readonly isScalar: boolean;
  readonly isLowerCase: boolean;
  readonly indent: number;
}

const anyHand: fc.Arbitrary<Hand> = fc.record({
  layout: fc.constantFrom('each-apart', 'by-principal', 'by-action'),
  isRoot: fc.boolean(),
  isScalar: fc.boolean(),
  isLowerCase: fc.boolean(),
  indent: fc.constantFrom(0, 2),
});

/** The policy of some grants in somebody's hand. */
function written(grants: readonly Grant[], hand: Hand): string {
  const groups = new Map<string, Grant[]>();
  for (const [index, grant] of grants.entries()) {
    const key = keyOf(grant, hand, index);
    groups.set(key, [...(groups.get(key) ?? []), grant]);
  }
  const statements = [...groups.values()].map((group, index) => ({ Sid: `s${index}`, ...statementOf(group, hand) }));
  return JSON.stringify({ Statement: statements, Version: '2012-10-17' }, null, hand.indent);
}

function keyOf({ principal, action, condition }: Grant, { layout }: Hand, index: number): string {
  // An organisation is named by a condition, and everybody by himself: neither stands beside an account.
  const kind = principal === '*' || principal === organization ? principal : 'account';
  if (layout === 'each-apart') return String(index);
  return JSON.stringify([kind, condition, layout === 'by-principal' ? principal : action]);
}

function statementOf(group: readonly Grant[], { isRoot, isScalar, isLowerCase }: Hand): object {
  const texts = (values: readonly string[]) => {
    const [first, ...others] = [...new Set(values)];
    return isScalar && others.length === 0 ? first : values;
  };
  const principal = group[0]?.principal;
  const conditions = JSON.parse(group[0]?.condition ?? '{}') as Readonly<Record<string, object>>;
  const member = { StringEquals: { ...conditions['StringEquals'], 'aws:PrincipalOrgID': texts([organization]) } };
  const accounts = group.map(({ principal: id }) => (isRoot && /^\d+$/.test(id) ? `arn:aws:iam::${id}:root` : id));
  return {
    Effect: 'Allow',
    Principal: principal === '*' || principal === organization ? '*' : { AWS: texts(accounts) },
    Action: texts(group.map(({ action }) => (isLowerCase && pair.includes(action) ? action.toLowerCase() : action))),
    Condition: principal === organization ? { ...conditions, ...member } : conditions,
    Resource: texts(['*']),
  };
}

/** What `before` becomes by a diff that was made from it. */
function applyGrantsDiff(before: readonly Grant[], diff: GrantsDiff): readonly Grant[] {
  const gained = diff.flatMap(({ principal, gains }) => gains.map((permit) => ({ principal, ...permit })));
  const lost = diff.flatMap(({ principal, loses }) => loses.map((permit) => ({ principal, ...permit })));
  return normalGrants([...grantsWithout(before, lost), ...gained]);
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

  it('is empty between any two ways of writing the same policy', () => {
    const anyOrder = anyGrants.chain((grants) =>
      fc.tuple(
        fc.constant(grants),
        fc.shuffledSubarray(grants, { minLength: grants.length }),
        fc.subarray(grants),
        anyHand,
        anyHand,
      ),
    );
    const isEmpty = fc.property(anyOrder, ([grants, shuffled, repeats, hand, other]) => {
      const before = policyGrants(written(grants, hand), ownerAccount);
      const after = policyGrants(written([...shuffled, ...repeats], other), ownerAccount);

      expect(diffGrants(before, after)).toEqual([]);
      expect(diffGrants(grants, after)).toEqual([]);
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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/domain/grants.ts';
import {
  grantLine,
  grantsText,
  grantsWithout,
  normalGrants,
  principalsOf,
  sameGrants,
} from '../../src/domain/grants.ts';
import { accountOfPrincipal, canonicalPrincipal } from '../../src/domain/principal.ts';

const anyGrant: fc.Arbitrary<Grant> = fc.record(
  {
    principal: fc.constantFrom('222222222222', '333333333333', 'o-abc', '*'),
    action: fc.constantFrom('imagebuilder:GetImage', 'imagebuilder:ListImages'),
    condition: fc.constantFrom('{"Bool":{"a":["true"]}}', '{"Bool":{"a":["false"]}}'),
  },
  { requiredKeys: ['principal', 'action'] },
);
const someGrants = fc.array(anyGrant, { maxLength: 10 });

describe('grants', () => {
  it('have a text of sorted lines, each once', () => {
    const grants = [
      { principal: '333333333333', action: 'a:B' },
      { principal: '222222222222', action: 'a:B', condition: '{"x":1}' },
      { principal: '333333333333', action: 'a:B' },
    ];

    expect(grantsText(grants)).toBe('222222222222 a:B {"x":1}\n333333333333 a:B');
  });

  it('are the same in every order and with repeats', () => {
    const isSame = fc.property(someGrants, (grants) => {
      expect(sameGrants([...grants, ...grants.toReversed()], grants)).toBe(true);
    });

    fc.assert(isSame);
  });

  it('differ where one has another line', () => {
    const differ = fc.property(someGrants, anyGrant, (grants, one) => {
      const hasIt = grants.some((grant) => grantLine(grant) === grantLine(one));

      expect(sameGrants(grants, [...grants, one])).toBe(hasIt);
    });

    fc.assert(differ);
  });

  it('taken away and given back are the same', () => {
    const isWhole = fc.property(someGrants, someGrants, (left, right) => {
      const kept = grantsWithout(left, grantsWithout(left, right));

      expect(sameGrants([...kept, ...grantsWithout(left, right)], left)).toBe(true);
      expect(grantsWithout(kept, right)).toEqual([]);
    });

    fc.assert(isWhole);
  });

  it('stay as they are once they are in order', () => {
    const isStable = fc.property(someGrants, (grants) => {
      expect(normalGrants(normalGrants(grants))).toEqual(normalGrants(grants));
    });

    fc.assert(isStable);
  });

  it('name their principals once, sorted', () => {
    const grants = ['b', 'a', 'b'].map((principal) => ({ principal, action: 'a:B' }));

    expect(principalsOf(grants)).toEqual(['a', 'b']);
  });
});

describe('a principal', () => {
  it.each([
    ['222222222222', '222222222222'],
    ['arn:aws:iam::222222222222:root', '222222222222'],
    ['arn:aws-us-gov:iam::222222222222:root', '222222222222'],
    ['arn:aws:organizations::111111111111:organization/o-abc123', 'o-abc123'],
    ['arn:aws:organizations::111111111111:ou/o-abc123/ou-ab12-12345678', 'ou-ab12-12345678'],
    ['arn:aws:organizations::111111111111:ou/o-abc123/r-ab12/ou-ab12-1/ou-ab12-12345678', 'ou-ab12-12345678'],
    ['arn:aws:iam::222222222222:role/reader', 'arn:aws:iam::222222222222:role/reader'],
    ['arn:aws:iam::222222222222:role/root', 'arn:aws:iam::222222222222:role/root'],
    ['ec2.amazonaws.com', 'ec2.amazonaws.com'],
    ['o-abc123', 'o-abc123'],
    ['*', '*'],
    ['', ''],
  ])('written %s is %s', (text, principal) => {
    expect(canonicalPrincipal(text)).toBe(principal);
  });

  it('has one form, which stays', () => {
    const isStable = fc.property(fc.string(), (text) => {
      expect(canonicalPrincipal(canonicalPrincipal(text))).toBe(canonicalPrincipal(text));
    });

    fc.assert(isStable);
  });

  it.each([
    ['222222222222', '222222222222'],
    ['arn:aws:iam::222222222222:role/reader', '222222222222'],
    ['arn:aws:sts::222222222222:assumed-role/reader/me', '222222222222'],
    ['o-abc123', null],
    ['ec2.amazonaws.com', null],
    ['*', null],
  ])('%s lives in the account %s', (principal, account) => {
    expect(accountOfPrincipal(principal)).toBe(account);
  });
});

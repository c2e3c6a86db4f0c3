import { describe, expect, it } from 'vitest';
import type { GradedChange } from '../../src/domain/grade.ts';
import { gradeOf } from '../../src/domain/grade.ts';
import type { Grant } from '../../src/domain/grants.ts';
import { diffGrants } from '../../src/domain/grants-diff.ts';
import { a, b, c, grantsTo } from '../support/builders.ts';

function grade(before: readonly Grant[], after: readonly Grant[], change: Partial<GradedChange> = {}) {
  return gradeOf({
    diff: diffGrants(before, after),
    isPromoting: false,
    acceptedPrincipals: [],
    guardrails: { allowedAccounts: [a, b], allowWildcardPrincipal: false, maxImages: 1 },
    ...change,
  });
}

describe('the grade of a change', () => {
  it('is irreversible where an account leaves that had accepted an invitation', () => {
    expect(grade(grantsTo([a, c]), grantsTo([a]), { acceptedPrincipals: [c] })).toBe('irreversible');
  });

  it('is not irreversible where that account stays with less', () => {
    const less = grantsTo([c], ['imagebuilder:GetImage']);

    expect(grade(grantsTo([c]), less, { acceptedPrincipals: [c] })).toBe('removes');
  });

  it('is adds-outside where a principal gains something that the guardrails do not allow', () => {
    expect(grade(grantsTo([a]), grantsTo([c]))).toBe('adds-outside');
    expect(grade(grantsTo([a]), grantsTo([a, '*']))).toBe('adds-outside');
  });

  it('is removes where somebody loses something, whoever gains', () => {
    expect(grade(grantsTo([a]), grantsTo([b]))).toBe('removes');
    expect(grade(grantsTo([a]), grantsTo([a], ['imagebuilder:GetImage']))).toBe('removes');
  });

  it('is adds where nobody loses anything', () => {
    expect(grade(grantsTo([a]), grantsTo([a, b]))).toBe('adds');
  });

  it('is promotes where the grants stay and the share becomes STANDARD, else none', () => {
    expect(grade(grantsTo([a]), grantsTo([a]), { isPromoting: true })).toBe('promotes');
    expect(grade(grantsTo([a]), grantsTo([a]))).toBe('none');
  });
});

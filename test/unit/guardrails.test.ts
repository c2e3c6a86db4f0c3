import { describe, expect, it } from 'vitest';
import type { GuardedChange, Guardrails } from '../../src/domain/guardrails.ts';
import { checkGuardrails } from '../../src/domain/guardrails.ts';

function placesOf(guardrails: Partial<Guardrails>, change: Partial<GuardedChange>): readonly string[] {
  const rules = { allowWildcardPrincipal: false, maxImages: 500, ...guardrails };
  const problems = checkGuardrails(rules, { principals: [], imageCount: 1, ...change });
  expect(problems.every(({ code, severity }) => code === 'guardrail-violated' && severity === 'error')).toBe(true);
  return problems.map(({ at }) => at);
}

describe('guardrails', () => {
  it.each<[string, Partial<Guardrails>, readonly string[]]>([
    ['any account where none is named', {}, ['222222222222']],
    ['an account that is named', { allowedAccounts: ['222222222222'] }, ['222222222222']],
    ['a role of an account that is named', { allowedAccounts: ['222222222222'] }, ['arn:aws:iam::222222222222:role/a']],
    ['any organisation where nothing is named', {}, ['o-abc', 'ou-ab12-12345678']],
    ['an organisation that is named', { allowedAccounts: [], allowedOrganizations: ['o-abc'] }, ['o-abc']],
    ['a unit that is named', { allowedOrganizations: ['ou-ab12-12345678'] }, ['ou-ab12-12345678']],
    ['anyone where they say so', { allowWildcardPrincipal: true, allowedAccounts: [] }, ['*']],
    ['nobody', { allowedAccounts: [], allowedOrganizations: [] }, []],
  ])('allow %s', (_, guardrails, principals) => {
    expect(placesOf(guardrails, { principals })).toEqual([]);
  });

  it.each<[string, Partial<Guardrails>, string, string]>([
    ['another account', { allowedAccounts: ['222222222222'] }, '333333333333', 'guardrails.allowedAccounts'],
    ['every account where the list is empty', { allowedAccounts: [] }, '222222222222', 'guardrails.allowedAccounts'],
    [
      'a role elsewhere',
      { allowedAccounts: ['222222222222'] },
      'arn:aws:iam::333333333333:role/a',
      'guardrails.allowedAccounts',
    ],
    ['a service', { allowedAccounts: ['222222222222'] }, 'ec2.amazonaws.com', 'guardrails.allowedAccounts'],
    ['another organisation', { allowedOrganizations: ['o-abc'] }, 'o-def', 'guardrails.allowedOrganizations'],
    [
      'an organisation beside a list of accounts',
      { allowedAccounts: ['222222222222'] },
      'o-abc',
      'guardrails.allowedOrganizations',
    ],
    ['anyone', { allowedAccounts: ['222222222222'] }, '*', 'guardrails.allowWildcardPrincipal'],
  ])('forbid %s', (_, guardrails, principal, at) => {
    expect(placesOf(guardrails, { principals: [principal] })).toEqual([at]);
  });

  it('take as many images as they say, and not one more', () => {
    expect(placesOf({ maxImages: 2 }, { imageCount: 2 })).toEqual([]);
    expect(placesOf({ maxImages: 2 }, { imageCount: 3 })).toEqual(['guardrails.maxImages']);
  });

  it('name everything that they forbid', () => {
    const guardrails = { allowedAccounts: [], maxImages: 1 };

    expect(placesOf(guardrails, { principals: ['222222222222', '*', 'o-abc'], imageCount: 9 })).toHaveLength(4);
  });
});

import type { Problem } from './errors.ts';
import { accountOfPrincipal } from './principal.ts';

/** The part of a manifest's guardrails that can be judged before anything is read from AWS. */
export interface GuardrailRules {
  /** Absent means any. */
  readonly allowedAccounts?: readonly string[];
  /** Absent means any, but none beside `allowedAccounts`: an organisation is wider than any list of accounts. */
  readonly allowedOrganizations?: readonly string[];
  readonly allowWildcardPrincipal: boolean;
  readonly maxImages: number;
}

/** What is judged. */
export interface GuardedChange {
  /** Principals of the policy, in canonical form. */
  readonly principals: readonly string[];
  readonly imageCount: number;
}

/** What the guardrails forbid, all of it, each `at` the guardrail's path in the manifest; empty where all is allowed. */
export function checkGuardrails(guardrails: GuardrailRules, change: GuardedChange): readonly Problem[] {
  const principals = change.principals.flatMap((principal) => checkPrincipal(guardrails, principal));
  const { maxImages } = guardrails;
  if (change.imageCount <= maxImages) return principals;
  const message = `${change.imageCount} images are selected, and guardrails.maxImages is ${maxImages}`;
  return [...principals, violation('maxImages', message, 'Select fewer images, or raise guardrails.maxImages.')];
}

function checkPrincipal(guardrails: GuardrailRules, principal: string): readonly Problem[] {
  const { allowedAccounts, allowWildcardPrincipal } = guardrails;
  if (principal === '*') {
    const message = 'The policy opens the images to every account of AWS';
    const fix = 'Name the accounts, or set guardrails.allowWildcardPrincipal: true.';
    return allowWildcardPrincipal ? [] : [violation('allowWildcardPrincipal', message, fix)];
  }
  if (/^ou?-/.test(principal)) {
    const allowed = guardrails.allowedOrganizations ?? (allowedAccounts === undefined ? undefined : []);
    return checkListed('allowedOrganizations', principal, principal, allowed);
  }
  return checkListed('allowedAccounts', principal, accountOfPrincipal(principal) ?? principal, allowedAccounts);
}

function checkListed(
  rule: 'allowedAccounts' | 'allowedOrganizations',
  principal: string,
  id: string,
  allowed: readonly string[] | undefined,
): readonly Problem[] {
  if (allowed === undefined || allowed.includes(id)) return [];
  const message = `The policy gives access to ${principal}, which guardrails.${rule} does not name`;
  return [violation(rule, message, `Take the principal out of the policy, or add "${id}" to guardrails.${rule}.`)];
}

function violation(rule: keyof GuardrailRules, message: string, fix: string): Problem {
  return { code: 'guardrail-violated', severity: 'error', at: `guardrails.${rule}`, message, fix };
}

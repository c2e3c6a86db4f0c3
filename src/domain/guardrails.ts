import type { Problem } from './errors.ts';
import { accountOfPrincipal } from './principal.ts';

/** Limits of the manifest: they protect against mistakes; the worker's own limits protect against people. */
export interface Guardrails {
  /** Absent means any. */
  readonly allowedAccounts?: readonly string[];
  /** Absent means any, but none beside `allowedAccounts`: an organisation is wider than any list of accounts. */
  readonly allowedOrganizations?: readonly string[];
  readonly allowWildcardPrincipal: boolean;
  readonly maxImages: number;
  /** Most images to change, as a share of all that are in the rollout. */
  readonly maxChangedPercentage: number;
  /** Tags that every image must have. */
  readonly requiredTags: Readonly<Record<string, string>>;
}

// In a list of organisations that was set aside: without a list there is none beside `allowedAccounts`. No manifest can say it.
const any = '*';

/** What is judged. */
export interface GuardedChange {
  /** Principals of the policy, in canonical form. */
  readonly principals: readonly string[];
  readonly imageCount: number;
}

/** What the guardrails forbid, all of it, each `at` the guardrail's path in the manifest; empty where all is allowed. */
export function checkGuardrails(
  guardrails: Pick<Guardrails, 'allowedAccounts' | 'allowedOrganizations' | 'allowWildcardPrincipal' | 'maxImages'>,
  change: GuardedChange,
): readonly Problem[] {
  const principals = change.principals.flatMap((principal) => checkPrincipal(guardrails, principal));
  const { maxImages } = guardrails;
  if (change.imageCount <= maxImages) return principals;
  const message = `${change.imageCount} images are selected, and guardrails.maxImages is ${maxImages}`;
  return [...principals, violation('maxImages', message, 'Select fewer images, or raise guardrails.maxImages.')];
}

function checkPrincipal(
  guardrails: Pick<Guardrails, 'allowedAccounts' | 'allowedOrganizations' | 'allowWildcardPrincipal' | 'maxImages'>,
  principal: string,
): readonly Problem[] {
  const { allowedAccounts, allowWildcardPrincipal } = guardrails;
  if (principal === '*') {
    const message = 'The policy opens the images to every account of AWS';
    const fix = 'Name the accounts, or set guardrails.allowWildcardPrincipal: true.';
    return allowWildcardPrincipal ? [] : [violation('allowWildcardPrincipal', message, fix)];
  }
  if (/^ou?-/.test(principal)) {
    return checkListed('allowedOrganizations', principal, principal, organizationsOf(guardrails));
  }
  return checkListed('allowedAccounts', principal, accountOfPrincipal(principal) ?? principal, allowedAccounts);
}

function organizationsOf({
  allowedAccounts,
  allowedOrganizations,
}: Pick<Guardrails, 'allowedAccounts' | 'allowedOrganizations'>): readonly string[] | undefined {
  return allowedOrganizations ?? (allowedAccounts === undefined ? undefined : []);
}

function checkListed(
  rule: 'allowedAccounts' | 'allowedOrganizations',
  principal: string,
  id: string,
  allowed: readonly string[] | undefined,
): readonly Problem[] {
  if (allowed === undefined || allowed.includes(any) || allowed.includes(id)) return [];
  const message = `The policy gives access to ${principal}, which guardrails.${rule} does not name`;
  return [violation(rule, message, `Take the principal out of the policy, or add "${id}" to guardrails.${rule}.`)];
}

function violation(rule: keyof Guardrails, message: string, fix: string): Problem {
  return { code: 'guardrail-violated', severity: 'error', at: `guardrails.${rule}`, message, fix };
}

/** What a person may set aside with a reason: guardrails, and the holds; the worker's limits are none of them. */
export const overridableGuardrails = [
  'allowedAccounts',
  'allowedOrganizations',
  'allowWildcardPrincipal',
  'maxImages',
  'maxChangedPercentage',
  'requiredTags',
  'hold',
] as const;

/** Name of a guardrail that may be set aside, or `hold`. */
export type OverridableGuardrail = (typeof overridableGuardrails)[number];

/** The guardrails that are left when a person has set some aside. */
export function withoutOverridden(guardrails: Guardrails, overrides: readonly OverridableGuardrail[]): Guardrails {
  const { allowedAccounts, ...others } = guardrails;
  const isSet = (name: OverridableGuardrail): boolean => overrides.includes(name);
  const organizations = isSet('allowedOrganizations') ? [any] : organizationsOf(guardrails);
  return {
    ...(allowedAccounts === undefined || isSet('allowedAccounts') ? {} : { allowedAccounts }),
    ...(organizations === undefined ? {} : { allowedOrganizations: organizations }),
    allowWildcardPrincipal: others.allowWildcardPrincipal || isSet('allowWildcardPrincipal'),
    maxImages: isSet('maxImages') ? Number.MAX_SAFE_INTEGER : others.maxImages,
    maxChangedPercentage: isSet('maxChangedPercentage') ? 100 : others.maxChangedPercentage,
    requiredTags: isSet('requiredTags') ? {} : others.requiredTags,
  };
}

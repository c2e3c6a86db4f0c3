import type { GrantsDiff } from './grants-diff.ts';
import type { Guardrails } from './guardrails.ts';
import { checkGuardrails } from './guardrails.ts';

/** How much a change asks of whoever approves it, the most first. */
export const grades = ['irreversible', 'adds-outside', 'removes', 'adds', 'promotes', 'none'] as const;

/**
 * How much a change asks of whoever approves it:
 * - `irreversible` takes access from an account outside the organisation that had accepted an invitation: to give it back,
 *   the account has to accept again
 * - `adds-outside` gives access to a principal that the guardrails do not name
 * - `removes` takes access away, `adds` only gives it
 * - `promotes` only makes visible what is granted already
 * - `none` changes nothing
 */
export type Grade = (typeof grades)[number];

/** What a grade is decided from. */
export interface GradedChange {
  /** From what is live to what is wanted. */
  readonly diff: GrantsDiff;
  /** Whether a principal comes to see the image that has the grant already, or a share is only made STANDARD. */
  readonly isPromoting: boolean;
  /** Principals outside the organisation that have accepted an invitation. */
  readonly acceptedPrincipals: readonly string[];
  readonly guardrails: Pick<
    Guardrails,
    'allowedAccounts' | 'allowedOrganizations' | 'allowWildcardPrincipal' | 'maxImages'
  >;
}

/** The gravest thing about a change. */
export function gradeOf({ diff, isPromoting, acceptedPrincipals, guardrails }: GradedChange): Grade {
  const leaving = diff.filter(({ change }) => change === 'removed').map(({ principal }) => principal);
  if (leaving.some((principal) => acceptedPrincipals.includes(principal))) return 'irreversible';
  const gaining = diff.filter(({ gains }) => gains.length > 0).map(({ principal }) => principal);
  if (checkGuardrails(guardrails, { principals: gaining, imageCount: 0 }).length > 0) return 'adds-outside';
  if (diff.some(({ loses }) => loses.length > 0)) return 'removes';
  if (gaining.length > 0) return 'adds';
  return isPromoting ? 'promotes' : 'none';
}

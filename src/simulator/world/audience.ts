import { accountInArn, isAccountId } from './arns.ts';
import type { Principal } from './records.ts';
import type { World } from './world.ts';

/** The index key under which principals that stand for many accounts are kept. */
export const everybody = '*';

/** The index key of a principal: its account, or that of principals that stand for many. */
export function audienceKey(principal: Principal): string {
  return accountOf(principal) ?? everybody;
}

/** The account that a principal is or belongs to; undefined for organisations, services and everybody. */
export function accountOf(principal: Principal): string | undefined {
  if (isAccountId(principal)) return principal;
  return principal.includes(':iam:') ? accountInArn(principal) : undefined;
}

/** Whether an account is, contains or belongs to the principal. */
export function isAmong(world: World, account: string, principal: Principal): boolean {
  if (principal === everybody) return true;
  const single = accountOf(principal);
  if (single !== undefined) return single === account;
  const { organization } = world.settings;
  return principal.includes(organization.id) && isInside(world, account);
}

/** Whether an account belongs to the organisation. */
function isInside(world: World, account: string): boolean {
  const { members } = world.settings.organization;
  return members === undefined || members.includes(account);
}

/** Whether sharing with the principal takes an invitation. */
export function isOutside(world: World, owner: string, principal: Principal): boolean {
  const account = accountOf(principal);
  if (account === undefined || account === owner) return false;
  // Where the owner itself is outside, nobody shares an organisation with it.
  return !isInside(world, account) || !isInside(world, owner);
}

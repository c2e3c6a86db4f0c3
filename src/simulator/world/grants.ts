import { isAmong } from './audience.ts';
import { isInForce, isPromoted } from './records.ts';
import type { ImageRecord, PermissionContent, Principal, ShareRecord } from './records.ts';
import type { World } from './world.ts';

/** A principal and what it is allowed. */
export type ContentGrant = { readonly principal: Principal; readonly content: PermissionContent };

/** One principal and one action. */
export type Grant = { readonly principal: Principal; readonly action: string };

/** What the image's resource policy allows now: what was put and what STANDARD shares add. */
export function policyGrants(image: ImageRecord): readonly ContentGrant[] {
  const own = image.overriding ?? image.ownStatements;
  const grants: ContentGrant[] = own.flatMap(({ principals, content }) =>
    principals.map((principal) => ({ principal, content })),
  );
  if (image.overriding !== undefined) return grants;
  for (const share of image.shares) grants.push(...shareGrants(share, image));
  return grants;
}

/** What one share allows for the image; nothing before it is STANDARD. */
export function shareGrants(share: ShareRecord, image: ImageRecord): readonly ContentGrant[] {
  const { permission } = share;
  const resource = share.resources.get(image.arn);
  if (!isPromoted(share) || !isReaching(share) || permission === undefined) return [];
  if (resource === undefined || !isInForce(resource)) return [];
  return [...share.principals.values()]
    .filter(isInForce)
    .map(({ entity }) => ({ principal: entity, content: permission.content }));
}

/** Principals that may read the image by its ARN. */
export function accessOf(world: World, image: ImageRecord): readonly Principal[] {
  const principals = new Set<Principal>();
  for (const { principal } of policyGrants(image)) principals.add(principal);
  if (world.behaviour.unpromotedAccess === 'none' && image.overriding === undefined) {
    principals.clear();
    for (const share of image.shares) for (const { principal } of shareGrants(share, image)) principals.add(principal);
  }
  return others(image, principals);
}

/** Principals that find the image in their lists. */
export function sightOf(image: ImageRecord): readonly Principal[] {
  const principals = new Set<Principal>();
  for (const share of image.shares) {
    if (!isShowing(share, image)) continue;
    for (const { entity, status } of share.principals.values()) if (status === 'ASSOCIATED') principals.add(entity);
  }
  return others(image, principals);
}

/** Whether an account may read the image by its ARN. */
export function hasAccess(world: World, image: ImageRecord, account: string): boolean {
  return account === image.account || accessOf(world, image).some((principal) => isAmong(world, account, principal));
}

/** Whether an account finds the image in its lists of what others share. */
export function canSee(world: World, image: ImageRecord, account: string): boolean {
  for (const share of image.shares) {
    if (isShowing(share, image) && isAssociatedWith(world, share, account)) return true;
  }
  return false;
}

/** Whether a principal that stands for the account is ASSOCIATED with the share. */
export function isAssociatedWith(world: World, share: ShareRecord, account: string): boolean {
  if (share.principals.get(account)?.status === 'ASSOCIATED') return true;
  for (const { entity, status } of share.principals.values()) {
    if (status === 'ASSOCIATED' && isAmong(world, account, entity)) return true;
  }
  return false;
}

/** The grants as sorted pairs, without repetition. */
export function grantPairs(grants: readonly ContentGrant[]): readonly Grant[] {
  const pairs = new Map<string, Grant>();
  for (const { principal, content } of grants) {
    for (const action of content.actions) pairs.set(`${principal} ${action}`, { principal, action });
  }
  return [...pairs].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, pair]) => pair);
}

/** Equal for grants that allow the same under the same conditions. */
export function grantsKey(grants: readonly ContentGrant[]): string {
  const lines = grants.flatMap(({ principal, content: { actions, condition } }) =>
    actions.map((action) => `${principal} ${action} ${condition === undefined ? '' : JSON.stringify(condition)}`),
  );
  return [...new Set(lines)].sort().join('\n');
}

/** Adds an entry to the image's history where who has access has changed. */
export function noteAccess(world: World, image: ImageRecord): void {
  const principals = accessOf(world, image);
  const latest = image.accessHistory.at(-1);
  if (latest !== undefined && latest.principals.join() === principals.join()) return;
  image.accessHistory.push({ at: world.instant, principals });
}

function isShowing(share: ShareRecord, image: ImageRecord): boolean {
  return isPromoted(share) && share.status === 'ACTIVE' && share.resources.get(image.arn)?.status === 'ASSOCIATED';
}

// The owner has access whatever its policy says, so naming it adds nothing.
function others(image: ImageRecord, principals: ReadonlySet<Principal>): readonly Principal[] {
  return [...principals].filter((principal) => principal !== image.account).sort();
}

// A share grants until it is gone, not only until its deletion begins.
function isReaching({ status }: ShareRecord): boolean {
  return status === 'ACTIVE' || status === 'DELETING';
}

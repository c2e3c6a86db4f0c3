import { isShareLive } from './records.ts';
import type { AssociationRecord, ShareRecord } from './records.ts';
import type { World } from './world.ts';

/** Ends ASSOCIATING: ASSOCIATED, or FAILED where an image of the share says so of the principal. */
export function endAssociating(world: World, share: ShareRecord, association: AssociationRecord): void {
  if (association.status !== 'ASSOCIATING' || !isShareLive(share)) return;
  const fails = association.type === 'PRINCIPAL' && isFailing(world, share, association.entity);
  association.status = fails ? 'FAILED' : 'ASSOCIATED';
  association.statusMessage = fails ? 'The principal could not be associated.' : undefined;
  association.keepsAccess = false;
  association.updatedAt = world.instant;
  world.touchShare(share);
}

/** Ends DISASSOCIATING: the principal or the resource is out. */
export function endDisassociating(world: World, share: ShareRecord, association: AssociationRecord): void {
  if (association.status !== 'DISASSOCIATING') return;
  endAs(world, association);
  world.touchShare(share);
}

/** Puts an association to DISASSOCIATED at once, as when its share is deleted. */
export function endAs(world: World, association: AssociationRecord): void {
  association.status = 'DISASSOCIATED';
  association.keepsAccess = false;
  association.updatedAt = world.instant;
}

function isFailing(world: World, share: ShareRecord, principal: string): boolean {
  for (const arn of share.resources.keys()) {
    if (world.images.get(arn)?.behaviour.failingPrincipals?.includes(principal) === true) return true;
  }
  return false;
}

import { endAs, endAssociating, endDisassociating } from './association-ends.ts';
import { accountOf, audienceKey } from './audience.ts';
import { invite, needsInvitation, withdraw } from './invitations.ts';
import { attachPermission } from './permissions.ts';
import { isLive, isShareLive, newAssociation } from './records.ts';
import type { AssociationRecord, FeatureSet, ImageRecord, ShareRecord } from './records.ts';
import type { World } from './world.ts';

/** What a new share is made of; everything else about it comes later. */
export type ShareDraft = {
  readonly arn?: string;
  readonly name: string;
  readonly owner: string;
  readonly region: string;
  readonly featureSet: FeatureSet;
  readonly allowExternalPrincipals: boolean;
  readonly tags?: Iterable<readonly [string, string]>;
};

/** Makes an ACTIVE share of nothing with nobody. */
export function createShare(world: World, draft: ShareDraft): ShareRecord {
  const share: ShareRecord = {
    arn: draft.arn ?? world.newRamArn(draft.region, draft.owner, 'resource-share'),
    name: draft.name,
    owner: draft.owner,
    region: draft.region,
    createdAt: world.instant,
    allowExternalPrincipals: draft.allowExternalPrincipals,
    tags: new Map(draft.tags),
    principals: new Map(),
    resources: new Map(),
    invitations: new Map(),
    permission: undefined,
    status: 'ACTIVE',
    featureSet: draft.featureSet,
    updatedAt: world.instant,
  };
  world.addShare(share);
  return share;
}

/** Fills a new share: at once, or when it has been PENDING for as long as it takes to make one. */
export function makeShare(world: World, share: ShareRecord, fill: () => void): void {
  const { creationLagMs } = world.settings;
  if (creationLagMs === 0) {
    fill();
    return;
  }
  share.status = 'PENDING';
  world.after(creationLagMs, () => {
    if (share.status !== 'PENDING') return;
    share.status = 'ACTIVE';
    share.updatedAt = world.instant;
    fill();
  });
}

/** Puts a principal into a share at once, with the status given. */
export function placePrincipal(
  world: World,
  share: ShareRecord,
  principal: string,
  status: AssociationRecord['status'],
): AssociationRecord {
  const association = newAssociation(principal, 'PRINCIPAL', status, world.instant);
  share.principals.set(principal, association);
  world.indexAudience(share, audienceKey(principal));
  world.touchShare(share);
  return association;
}

/** Puts an image into a share at once, with the status given. */
export function placeResource(
  world: World,
  share: ShareRecord,
  image: ImageRecord,
  status: AssociationRecord['status'],
): AssociationRecord {
  const association = newAssociation(image.arn, 'RESOURCE', status, world.instant);
  share.resources.set(image.arn, association);
  image.shares.add(share);
  world.touchShare(share);
  return association;
}

/** Starts to associate a principal; one that is associated already stays as it is. */
export function associatePrincipal(world: World, share: ShareRecord, principal: string): AssociationRecord {
  const known = share.principals.get(principal);
  if (known !== undefined && isLive(known)) return known;
  const association = placePrincipal(world, share, principal, 'ASSOCIATING');
  beginAssociating(world, share, association);
  return association;
}

/** Starts to associate an image; one that is associated already stays as it is. */
export function associateResource(world: World, share: ShareRecord, image: ImageRecord): AssociationRecord {
  const known = share.resources.get(image.arn);
  if (known !== undefined && isLive(known)) return known;
  const association = placeResource(world, share, image, 'ASSOCIATING');
  beginAssociating(world, share, association);
  return association;
}

/** Lets an ASSOCIATING association run its course: after the lag, or when its invitation is accepted. */
export function beginAssociating(world: World, share: ShareRecord, association: AssociationRecord): void {
  if (association.type === 'PRINCIPAL' && needsInvitation(world, share, association.entity)) {
    invite(world, share, association.entity);
    return;
  }
  world.after(world.settings.associationLagMs, () => endAssociating(world, share, association));
}

/** Starts to take a principal or an image out of a share. */
export function disassociate(world: World, share: ShareRecord, association: AssociationRecord): void {
  if (association.status === 'DISASSOCIATING' || association.status === 'DISASSOCIATED') return;
  association.status = 'DISASSOCIATING';
  association.updatedAt = world.instant;
  world.touchShare(share);
  const account = accountOf(association.entity);
  const invitation = account === undefined ? undefined : share.invitations.get(account);
  const isAwaited = [...share.principals.values()].some(
    (other) => other !== association && isLive(other) && accountOf(other.entity) === account,
  );
  if (invitation !== undefined && !isAwaited) {
    withdraw(world, invitation);
    share.invitations.delete(invitation.receiver);
  }
  world.after(world.settings.associationLagMs, () => endDisassociating(world, share, association));
}

/** Starts to delete a share. Its principals have access until it is DELETED. */
export function deleteShare(world: World, share: ShareRecord): void {
  share.status = 'DELETING';
  share.updatedAt = world.instant;
  world.after(world.settings.associationLagMs, () => removeShare(world, share));
}

/** Ends a share at once: DELETED, without permission, and with everybody and everything out of it. */
export function removeShare(world: World, share: ShareRecord): void {
  world.touchShare(share);
  share.status = 'DELETED';
  share.updatedAt = world.instant;
  for (const association of [...share.principals.values(), ...share.resources.values()]) {
    if (association.status !== 'DISASSOCIATED') endAs(world, association);
  }
  for (const invitation of share.invitations.values()) withdraw(world, invitation);
  attachPermission(world, share, undefined);
  for (const arn of share.resources.keys()) {
    const image = world.images.get(arn);
    if (image !== undefined) image.ownStatements = image.ownStatements.filter((own) => own.share !== share);
  }
}

/** The live shares that cover an image, oldest first. */
export function sharesCovering(image: ImageRecord): readonly ShareRecord[] {
  return [...image.shares].filter((share) => {
    const resource = share.resources.get(image.arn);
    return isShareLive(share) && resource !== undefined && isLive(resource);
  });
}

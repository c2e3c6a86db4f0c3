import { ramError } from '../aws-error.ts';
import { audienceKey, isOutside } from './audience.ts';
import { endAs } from './association-ends.ts';
import { invite, requireInvitationQuota } from './invitations.ts';
import { attachPermission, managedPermissionEqualTo } from './permissions.ts';
import { isDefaultMatched } from './policy-shares.ts';
import { isLive } from './records.ts';
import type { AssociationRecord, ImageRecord, OwnStatement, PermissionRecord, ShareRecord } from './records.ts';
import { beginAssociating, createShare } from './shares.ts';
import type { World } from './world.ts';

/** Starts the promotion of a share that RAM made from a policy. Answers whether there was nothing left to start. */
export function promoteShare(world: World, share: ShareRecord): { readonly alreadyHeld: boolean } {
  if (share.featureSet !== 'CREATED_FROM_POLICY') {
    refuseSecondPromotion(world, share);
    return { alreadyHeld: true };
  }
  if (share.status !== 'ACTIVE') throw ramError('InvalidStateTransitionException', 'The resource share is not active.');
  const images = imagesOf(world, share);
  const isStuck = images.some(({ behaviour }) => behaviour.promotion === 'stuck');
  if (images.some(({ behaviour }) => behaviour.promotion === 'refused')) {
    throw ramError('OperationNotPermittedException', 'The resource share cannot be promoted.');
  }
  requirePromotable(world, statementsOf(images, share));
  if (matchingPermission(world, share) === undefined) {
    throw ramError(
      'UnmatchedPolicyPermissionException',
      'No managed permission matches the permission of the resource share. Use PromotePermissionCreatedFromPolicy first.',
    );
  }
  if (world.behaviour.invitationOnPromotion !== 'none') {
    requireInvitationQuota(world, share, [...share.principals.keys()]);
  }
  share.featureSet = 'PROMOTING_TO_STANDARD';
  share.updatedAt = world.instant;
  const lags = images.map(({ behaviour }) => behaviour.promotionLagMs ?? world.settings.promotionLagMs);
  if (!isStuck) world.after(Math.max(...lags), () => finishPromotion(world, share));
  return { alreadyHeld: false };
}

/** Refuses what can be put as a policy and can never be a share or a permission. */
export function requirePromotable(world: World, statements: readonly OwnStatement[]): void {
  if (statements.some(({ isUnusual }) => isUnusual)) {
    throw ramError('InvalidPolicyException', 'The policy cannot be turned into a managed permission.');
  }
  if (statements.some(({ principals, content }) => principals.includes('*') || content.actions.some(isWildcard))) {
    throw ramError('OperationNotPermittedException', 'A policy with a wildcard cannot be promoted.');
  }
  const { rolePrincipal, orgCondition } = world.behaviour;
  if (statements.some(({ hasRolePrincipal }) => hasRolePrincipal)) refuseAs(rolePrincipal, 'a role or user principal');
  if (statements.some(({ hasOrgCondition }) => hasOrgCondition))
    refuseAs(orgCondition, 'a condition on an organization');
}

function isWildcard(action: string): boolean {
  return action.includes('*');
}

/** What was put and became this share. */
export function statementsOf(images: readonly ImageRecord[], share: ShareRecord): readonly OwnStatement[] {
  return images.flatMap(({ ownStatements }) => ownStatements.filter((own) => own.share === share));
}

/** The images in a share that still exist. */
export function imagesOf(world: World, share: ShareRecord): readonly ImageRecord[] {
  return [...share.resources.keys()].map((arn) => world.images.get(arn)).filter((image) => image !== undefined);
}

function refuseSecondPromotion(world: World, { featureSet }: ShareRecord): void {
  const message = `The resource share is ${featureSet} already.`;
  switch (world.behaviour.promoteTwice) {
    case 'invalid-state':
      throw ramError('InvalidStateTransitionException', message, { alreadyHeld: true });
    case 'not-permitted':
      throw ramError('OperationNotPermittedException', message, { alreadyHeld: true });
    case 'success':
      return;
  }
}

function refuseAs(answer: 'promotable' | 'OperationNotPermitted' | 'InvalidPolicy', what: string): void {
  if (answer !== 'promotable') throw ramError(`${answer}Exception`, `A policy with ${what} cannot be promoted.`);
}

function matchingPermission(world: World, share: ShareRecord): PermissionRecord | undefined {
  const { permission } = share;
  if (permission === undefined) return undefined;
  const [image] = imagesOf(world, share);
  const withDefault = image !== undefined && isDefaultMatched(world, image);
  return managedPermissionEqualTo(world.territory(share.owner, share.region), permission.content, { withDefault });
}

function finishPromotion(world: World, promoting: ShareRecord): void {
  const permission = matchingPermission(world, promoting);
  if (promoting.status !== 'ACTIVE') return;
  if (permission === undefined) {
    promoting.featureSet = 'CREATED_FROM_POLICY';
    return;
  }
  for (const image of imagesOf(world, promoting)) {
    image.ownStatements = image.ownStatements.filter((own) => own.share !== promoting);
  }
  const share = world.behaviour.promotedShareArn === 'new' ? moveToNewShare(world, promoting) : promoting;
  attachPermission(world, share, permission);
  share.featureSet = 'STANDARD';
  share.updatedAt = world.instant;
  for (const association of share.principals.values()) {
    if (isLive(association)) promotePrincipal(world, share, association);
  }
  world.touchShare(share);
}

function promotePrincipal(world: World, share: ShareRecord, association: AssociationRecord): void {
  const { invitationOnPromotion, promotedPrincipals } = world.behaviour;
  const images = imagesOf(world, share);
  const isFailing = images.some(({ behaviour }) => behaviour.failingPrincipals?.includes(association.entity) === true);
  if (isOutside(world, share.owner, association.entity)) {
    if (invitationOnPromotion === 'none') return;
    association.status = 'ASSOCIATING';
    association.keepsAccess = invitationOnPromotion === 'sent-access-kept';
    association.updatedAt = world.instant;
    invite(world, share, association.entity);
  } else if (promotedPrincipals === 'fall-back-to-associating' || isFailing) {
    association.status = 'ASSOCIATING';
    association.keepsAccess = true;
    association.updatedAt = world.instant;
    beginAssociating(world, share, association);
  }
}

function moveToNewShare(world: World, old: ShareRecord): ShareRecord {
  const share = createShare(world, {
    name: old.name,
    owner: old.owner,
    region: old.region,
    featureSet: 'PROMOTING_TO_STANDARD',
    allowExternalPrincipals: old.allowExternalPrincipals,
    tags: old.tags,
  });
  attachPermission(world, share, old.permission);
  for (const image of imagesOf(world, old)) image.shares.add(share);
  for (const [arn, association] of old.resources) share.resources.set(arn, { ...association });
  for (const [id, association] of old.principals) {
    share.principals.set(id, { ...association });
    world.indexAudience(share, audienceKey(id));
  }
  old.status = 'DELETED';
  old.updatedAt = world.instant;
  for (const association of [...old.resources.values(), ...old.principals.values()]) endAs(world, association);
  attachPermission(world, old, undefined);
  return share;
}

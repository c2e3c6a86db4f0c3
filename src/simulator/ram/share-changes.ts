import { ramError } from '../aws-error.ts';
import type { JsonObject } from '../json.ts';
import { effectOf } from '../operation.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { objects, optionalFlag, optionalText, texts } from '../parameters.ts';
import { isOutside } from '../world/audience.ts';
import { requireInvitationQuota } from '../world/invitations.ts';
import { attachPermission } from '../world/permissions.ts';
import { principalOf } from '../world/policy-statements.ts';
import { isLive } from '../world/records.ts';
import type { AssociationRecord, ShareRecord } from '../world/records.ts';
import {
  associatePrincipal,
  associateResource,
  createShare,
  deleteShare,
  disassociate,
  makeShare,
  removeShare,
} from '../world/shares.ts';
import { imagesOf } from '../world/promotion.ts';
import type { World } from '../world/world.ts';
import { knownPermission, ownImage, ownShare, ramWrite, requiredText, territoryOf } from './requests.ts';
import { associationShape, shareShape } from './shapes.ts';

/** The four operations that make, change and end shares. */
export const shareChangeOperations: readonly Operation[] = [
  ramWrite('CreateResourceShare', createResourceShare),
  ramWrite('DeleteResourceShare', deleteResourceShare, { method: 'DELETE' }),
  ramWrite('AssociateResourceShare', associateResourceShare),
  ramWrite('DisassociateResourceShare', disassociateResourceShare),
];

const maxResourcesOfCall = 100;

function createResourceShare(world: World, call: Call): Outcome {
  const { parameters } = call;
  const name = requiredText(call, 'name');
  const [permissionArn] = texts(parameters, 'permissionArns');
  const permission =
    permissionArn === undefined
      ? territoryOf(world, call).defaultPermission
      : knownPermission(world, call, permissionArn);
  const tags = objects(parameters, 'tags').map(
    (tag) => [optionalText(tag, 'key') ?? '', optionalText(tag, 'value') ?? ''] as const,
  );
  const allowExternalPrincipals = optionalFlag(parameters, 'allowExternalPrincipals') ?? true;
  const members = requestedMembers(world, call);
  requireExternalAllowed(world, call.account, allowExternalPrincipals, members.principals);
  const { account: owner, region } = call;
  requireInvitationQuota(world, { owner, region, invitations: new Map() }, members.principals);
  const share = createShare(world, { name, owner, region, featureSet: 'STANDARD', allowExternalPrincipals, tags });
  attachPermission(world, share, permission);
  makeShare(world, share, () => {
    for (const image of members.images) associateResource(world, share, image);
    for (const principal of members.principals) associatePrincipal(world, share, principal);
  });
  return { body: { resourceShare: shareShape(share) }, effect: 'changed' };
}

function deleteResourceShare(world: World, call: Call): Outcome {
  const share = ownShare(world, call, requiredText(call, 'resourceShareArn'));
  const { deleteUnpromotedShare, deletePromotingShare } = world.behaviour;
  if (share.status === 'DELETED') {
    throw ramError('UnknownResourceException', `ResourceShare ${share.arn} could not be found.`, { alreadyHeld: true });
  }
  if (share.status === 'DELETING') return { body: { returnValue: true }, effect: 'already-held' };
  requireUnsharing(world, share);
  switch (share.featureSet) {
    case 'CREATED_FROM_POLICY':
      if (deleteUnpromotedShare === 'not-permitted') throw notStandard(share);
      removeShare(world, share);
      break;
    case 'PROMOTING_TO_STANDARD':
      if (deletePromotingShare === 'invalid-state') {
        throw ramError('InvalidStateTransitionException', 'The resource share is being promoted.');
      }
      removeShare(world, share);
      break;
    case 'STANDARD':
      deleteShare(world, share);
  }
  return { body: { returnValue: true }, effect: 'changed' };
}

function associateResourceShare(world: World, call: Call): Outcome {
  const share = changeableShare(world, call);
  const { images, principals } = requestedMembers(world, call);
  if (images.length + principals.length === 0)
    throw ramError('InvalidParameterException', 'Give resourceArns or principals.');
  requireExternalAllowed(world, share.owner, share.allowExternalPrincipals, principals);
  const isNew = (known: AssociationRecord | undefined): boolean => known === undefined || !isLive(known);
  const known = [
    ...images.map(({ arn }) => share.resources.get(arn)),
    ...principals.map((id) => share.principals.get(id)),
  ];
  if (known.some((association) => association?.status === 'DISASSOCIATING')) {
    throw ramError(
      'InvalidStateTransitionException',
      'An entity is still being disassociated from the resource share.',
    );
  }
  const alreadyHeld = !known.some(isNew);
  requireInvitationQuota(
    world,
    share,
    principals.filter((id) => isNew(share.principals.get(id))),
  );
  const associations = [
    ...images.map((image) => associateResource(world, share, image)),
    ...principals.map((id) => associatePrincipal(world, share, id)),
  ];
  return { body: changed(world, share, associations), effect: effectOf({ alreadyHeld }) };
}

function disassociateResourceShare(world: World, call: Call): Outcome {
  const share = changeableShare(world, call);
  const entities = [
    ...texts(call.parameters, 'resourceArns').map((arn) => share.resources.get(arn)),
    ...texts(call.parameters, 'principals').map((id) => share.principals.get(principalOf(id) ?? id)),
  ];
  if (entities.length === 0) throw ramError('InvalidParameterException', 'Give resourceArns or principals.');
  const associations = entities.filter((known) => known !== undefined && known.status !== 'DISASSOCIATED');
  if (associations.length < entities.length) {
    const alreadyHeld = associations.length === 0;
    throw ramError('UnknownResourceException', 'The association could not be found.', { alreadyHeld });
  }
  if (texts(call.parameters, 'resourceArns').length > 0) requireUnsharing(world, share);
  const alreadyHeld = associations.every((known) => known?.status === 'DISASSOCIATING');
  const leaving = associations.filter((known) => known !== undefined);
  for (const association of leaving) disassociate(world, share, association);
  return { body: changed(world, share, leaving), effect: effectOf({ alreadyHeld }) };
}

function changeableShare(world: World, call: Call): ShareRecord {
  const share = ownShare(world, call, requiredText(call, 'resourceShareArn'));
  if (share.featureSet !== 'STANDARD') throw notStandard(share);
  if (share.status !== 'ACTIVE') {
    throw ramError('InvalidStateTransitionException', `The resource share is ${share.status}.`);
  }
  return share;
}

function requestedMembers(world: World, call: Call) {
  const resourceArns = texts(call.parameters, 'resourceArns');
  const given = texts(call.parameters, 'principals');
  if (resourceArns.length > maxResourcesOfCall) {
    throw ramError('InvalidParameterException', `At most ${maxResourcesOfCall} resources can be given in one call.`);
  }
  const images = resourceArns.map((arn) => ownImage(world, call, arn));
  const principals = given.map((id) => {
    const principal = principalOf(id);
    if (principal === undefined) throw ramError('InvalidParameterException', `The principal ${id} is not valid.`);
    return principal;
  });
  return { images, principals };
}

function requireExternalAllowed(world: World, owner: string, isAllowed: boolean, principals: readonly string[]): void {
  const outside = isAllowed ? undefined : principals.find((id) => isOutside(world, owner, id));
  if (outside !== undefined) {
    throw ramError(
      'OperationNotPermittedException',
      `The resource share does not allow the external principal ${outside}.`,
    );
  }
}

function requireUnsharing(world: World, share: ShareRecord): void {
  if (imagesOf(world, share).some(({ behaviour }) => behaviour.unsharing === 'refused')) {
    throw ramError('OperationNotPermittedException', 'The image is in use by the accounts it is shared with.');
  }
}

function notStandard({ featureSet }: ShareRecord): Error {
  return ramError('OperationNotPermittedException', `A resource share that is ${featureSet} cannot be changed.`);
}

function changed(world: World, share: ShareRecord, associations: readonly AssociationRecord[]): JsonObject {
  return { resourceShareAssociations: associations.map((association) => associationShape(world, share, association)) };
}

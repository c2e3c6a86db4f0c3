import { ramError } from '../aws-error.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { pageOf } from '../paging.ts';
import { objects, optionalText, texts } from '../parameters.ts';
import { policyDocumentOf } from '../world/policy-document.ts';
import { imageResourceType, isLive, isShareLive } from '../world/records.ts';
import type { AssociationRecord, ShareRecord } from '../world/records.ts';
import { sharesCovering } from '../world/shares.ts';
import type { World } from '../world/world.ts';
import { isShownTo, sharesWith } from './consumers.ts';
import {
  isListed,
  ownShare,
  ramPages,
  ramRead,
  requireResourceArn,
  requiredText,
  resourceOwner,
  territoryOf,
} from './requests.ts';
import { associationShape, principalShape, resourceShape, shareShape } from './shapes.ts';

/** What RAM lists of shares, their principals and their resources. */
export const listingOperations: readonly Operation[] = [
  ramRead('GetResourceShares', getResourceShares),
  ramRead('GetResourceShareAssociations', getResourceShareAssociations),
  ramRead('ListResources', listResources),
  ramRead('ListPrincipals', listPrincipals),
  ramRead('GetResourcePolicies', getResourcePolicies),
];

type Member = { readonly share: ShareRecord; readonly association: AssociationRecord };

function getResourceShares(world: World, call: Call): Outcome {
  const { parameters } = call;
  const status = optionalText(parameters, 'resourceShareStatus');
  const name = optionalText(parameters, 'name');
  const permissionArn = optionalText(parameters, 'permissionArn');
  const tagFilters = objects(parameters, 'tagFilters');
  const items = candidateShares(world, call).filter(
    (share) =>
      isListed(world, share) &&
      (status === undefined || share.status === status) &&
      (name === undefined || share.name === name) &&
      (permissionArn === undefined || share.permission?.arn === permissionArn) &&
      tagFilters.every((filter) => {
        const value = share.tags.get(optionalText(filter, 'tagKey') ?? '');
        const wanted = texts(filter, 'tagValues');
        return value !== undefined && (wanted.length === 0 || wanted.includes(value));
      }),
  );
  return pageOf(world, call, { pages: ramPages, key: 'resourceShares', items, render: shareShape });
}

function getResourceShareAssociations(world: World, call: Call): Outcome {
  const { parameters } = call;
  const type = requiredText(call, 'associationType');
  const resourceArn = optionalText(parameters, 'resourceArn');
  const principal = optionalText(parameters, 'principal');
  const status = optionalText(parameters, 'associationStatus');
  if (type === 'PRINCIPAL' && resourceArn !== undefined) {
    throw ramError('InvalidParameterException', 'resourceArn cannot be used with associationType PRINCIPAL.');
  }
  if (type === 'RESOURCE' && principal !== undefined) {
    throw ramError('InvalidParameterException', 'principal cannot be used with associationType RESOURCE.');
  }
  const arns = texts(parameters, 'resourceShareArns');
  const shares =
    arns.length > 0
      ? arns.map((arn) => ownShare(world, call, arn))
      : resourceArn === undefined
        ? [...territoryOf(world, call).shares]
        : ownSharesOf(world, call, resourceArn);
  const entity = type === 'RESOURCE' ? resourceArn : principal;
  const items = shares
    .flatMap((share) => membersOf(share, type))
    .filter(
      ({ association }) =>
        (entity === undefined || association.entity === entity) &&
        (status === undefined || association.status === status) &&
        isListed(world, association),
    );
  const render = ({ share, association }: Member) => associationShape(world, share, association);
  return pageOf(world, call, { pages: ramPages, key: 'resourceShareAssociations', items, render });
}

function listResources(world: World, call: Call): Outcome {
  const { parameters } = call;
  requireImageType(call);
  const resourceArns = texts(parameters, 'resourceArns');
  const principal = optionalText(parameters, 'principal');
  const scope = optionalText(parameters, 'resourceRegionScope');
  const shares = liveCandidates(world, call, resourceArns).filter(
    (share) => principal === undefined || isLiveMember(share.principals.get(principal)),
  );
  const wanted = new Set(resourceArns);
  const items = shares
    .flatMap((share) => membersOf(share, 'RESOURCE'))
    .filter(
      ({ share, association }) =>
        scope !== 'GLOBAL' &&
        (wanted.size === 0 || wanted.has(association.entity)) &&
        // Others find a resource only when it is in the share for good.
        (share.owner === call.account ? isLive(association) : association.status === 'ASSOCIATED'),
    );
  const render = ({ share, association }: Member) => resourceShape(share, association);
  return pageOf(world, call, { pages: ramPages, key: 'resources', items, render });
}

function listPrincipals(world: World, call: Call): Outcome {
  const { parameters } = call;
  requireImageType(call);
  const resourceArn = optionalText(parameters, 'resourceArn');
  const wanted = new Set(texts(parameters, 'principals'));
  const items = liveCandidates(world, call, resourceArn === undefined ? [] : [resourceArn])
    .flatMap((share) => membersOf(share, 'PRINCIPAL'))
    .filter(({ association }) => isLive(association) && (wanted.size === 0 || wanted.has(association.entity)));
  const render = ({ share, association }: Member) => principalShape(world, share, association);
  return pageOf(world, call, { pages: ramPages, key: 'principals', items, render });
}

function getResourcePolicies(world: World, call: Call): Outcome {
  const arns = texts(call.parameters, 'resourceArns');
  if (arns.length === 0) throw ramError('InvalidParameterException', 'resourceArns is required.');
  const images = arns.map((arn) => {
    requireResourceArn(arn);
    const image = world.images.get(arn);
    if (image?.account !== call.account || image.region !== call.region) {
      throw ramError('ResourceArnNotFoundException', `The resource ${arn} could not be found.`);
    }
    return image;
  });
  const items = images.filter((image) => sharesCovering(image).length > 0);
  return pageOf(world, call, {
    pages: ramPages,
    key: 'policies',
    items,
    render: (image) => policyDocumentOf(world, image),
  });
}

function candidateShares(world: World, call: Call): readonly ShareRecord[] {
  const arns = texts(call.parameters, 'resourceShareArns');
  if (resourceOwner(call) === 'SELF') {
    return arns.length > 0 ? arns.map((arn) => ownShare(world, call, arn)) : [...territoryOf(world, call).shares];
  }
  if (arns.length === 0) return sharesWith(world, call);
  return arns.map((arn) => {
    const share = world.shares.get(arn);
    if (share?.region !== call.region || !isShownTo(world, share, call.account)) {
      throw ramError('UnknownResourceException', `ResourceShare ${arn} could not be found.`);
    }
    return share;
  });
}

/** The live shares that a list is about; with resources named, no other share is looked at. */
function liveCandidates(world: World, call: Call, resourceArns: readonly string[]): readonly ShareRecord[] {
  const isSelf = resourceOwner(call) === 'SELF';
  if (resourceArns.length === 0 || texts(call.parameters, 'resourceShareArns').length > 0) {
    return candidateShares(world, call).filter(isShareLive);
  }
  const shares = resourceArns.flatMap((arn) => {
    requireResourceArn(arn);
    return [...(world.images.get(arn)?.shares ?? [])].filter((share) => isLiveMember(share.resources.get(arn)));
  });
  const isMine = (share: ShareRecord): boolean =>
    isSelf ? share.owner === call.account : isShownTo(world, share, call.account);
  return [...new Set(shares)].filter((share) => share.region === call.region && isShareLive(share) && isMine(share));
}

function ownSharesOf(world: World, call: Call, resourceArn: string): readonly ShareRecord[] {
  requireResourceArn(resourceArn);
  const shares = [...(world.images.get(resourceArn)?.shares ?? [])];
  return shares.filter(({ owner, region }) => owner === call.account && region === call.region);
}

function membersOf(share: ShareRecord, type: string): readonly Member[] {
  if (type !== 'PRINCIPAL' && type !== 'RESOURCE') return [];
  const members = type === 'PRINCIPAL' ? share.principals : share.resources;
  return [...members.values()].map((association) => ({ share, association }));
}

function isLiveMember(association: AssociationRecord | undefined): boolean {
  return association !== undefined && isLive(association);
}

function requireImageType({ parameters }: Call): void {
  const type = optionalText(parameters, 'resourceType');
  if (type !== undefined && type !== imageResourceType) {
    throw ramError('InvalidResourceTypeException', `The resource type ${type} is not simulated.`);
  }
}

import type { JsonObject } from '../json.ts';
import { isOutside } from '../world/audience.ts';
import { imageResourceType } from '../world/records.ts';
import type { AssociationRecord, InvitationRecord, PermissionRecord, ShareRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** RAM writes instants as seconds since the epoch. */
function seconds(instant: number): number {
  return instant / 1000;
}

/** Tags as RAM writes them. */
function tagList(tags: ReadonlyMap<string, string>): readonly JsonObject[] {
  return [...tags].map(([key, value]) => ({ key, value }));
}

export function shareShape(share: ShareRecord): JsonObject {
  return {
    resourceShareArn: share.arn,
    name: share.name,
    owningAccountId: share.owner,
    allowExternalPrincipals: share.allowExternalPrincipals,
    status: share.status,
    tags: tagList(share.tags),
    creationTime: seconds(share.createdAt),
    lastUpdatedTime: seconds(share.updatedAt),
    featureSet: share.featureSet,
  };
}

export function associationShape(world: World, share: ShareRecord, association: AssociationRecord): JsonObject {
  return {
    resourceShareArn: share.arn,
    resourceShareName: share.name,
    associatedEntity: association.entity,
    associationType: association.type,
    status: association.status,
    statusMessage: association.statusMessage,
    creationTime: seconds(association.createdAt),
    lastUpdatedTime: seconds(association.updatedAt),
    external: association.type === 'PRINCIPAL' && isOutside(world, share.owner, association.entity),
  };
}

export function resourceShape(share: ShareRecord, association: AssociationRecord): JsonObject {
  return {
    arn: association.entity,
    type: imageResourceType,
    resourceShareArn: share.arn,
    // A share that was made from a policy lists its resources without a status.
    status: share.featureSet === 'STANDARD' ? resourceStatus(association) : undefined,
    creationTime: seconds(association.createdAt),
    lastUpdatedTime: seconds(association.updatedAt),
    resourceRegionScope: 'REGIONAL',
  };
}

export function principalShape(world: World, share: ShareRecord, association: AssociationRecord): JsonObject {
  return {
    id: association.entity,
    resourceShareArn: share.arn,
    creationTime: seconds(association.createdAt),
    lastUpdatedTime: seconds(association.updatedAt),
    external: isOutside(world, share.owner, association.entity),
  };
}

export function permissionSummary(permission: PermissionRecord): JsonObject {
  return {
    arn: permission.arn,
    version: '1',
    defaultVersion: true,
    name: permission.name,
    resourceType: imageResourceType,
    status: 'ATTACHABLE',
    creationTime: seconds(permission.createdAt),
    lastUpdatedTime: seconds(permission.createdAt),
    isResourceTypeDefault: permission.owner === undefined,
    permissionType: permission.owner === undefined ? 'AWS_MANAGED' : 'CUSTOMER_MANAGED',
    featureSet: permission.featureSet,
    tags: tagList(permission.tags),
  };
}

export function permissionDetail(permission: PermissionRecord): JsonObject {
  const { actions, condition } = permission.content;
  const content = { Effect: 'Allow', Action: actions, ...(condition && { Condition: condition }) };
  return { ...permissionSummary(permission), permission: JSON.stringify(content) };
}

export function associatedPermission(share: ShareRecord, permission: PermissionRecord): JsonObject {
  return {
    arn: permission.arn,
    permissionVersion: '1',
    defaultVersion: true,
    resourceType: imageResourceType,
    status: 'ASSOCIATED',
    featureSet: permission.featureSet,
    lastUpdatedTime: seconds(share.updatedAt),
    resourceShareArn: share.arn,
  };
}

export function invitationShape({ arn, share, receiver, sentAt, status }: InvitationRecord): JsonObject {
  return {
    resourceShareInvitationArn: arn,
    resourceShareName: share.name,
    resourceShareArn: share.arn,
    senderAccountId: share.owner,
    receiverAccountId: receiver,
    invitationTimestamp: seconds(sentAt),
    status,
  };
}

function resourceStatus({ status }: AssociationRecord): string {
  return status === 'ASSOCIATING' ? 'PENDING' : 'AVAILABLE';
}

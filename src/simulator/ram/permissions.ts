import { ramError } from '../aws-error.ts';
import { isJsonObject } from '../json.ts';
import { effectOf } from '../operation.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { pageOf } from '../paging.ts';
import { isTexts, objects, optionalFlag, optionalText } from '../parameters.ts';
import { attachPermission, createManagedPermission } from '../world/permissions.ts';
import { permissionContent } from '../world/policy-statements.ts';
import { imageResourceType, isLive, isShareLive } from '../world/records.ts';
import type { PermissionContent, ShareRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { knownPermission, ownShare, ramPages, ramRead, ramWrite, requiredText, territoryOf } from './requests.ts';
import { associatedPermission, permissionDetail, permissionSummary } from './shapes.ts';

/** Managed permissions, and which share uses which. */
export const permissionOperations: readonly Operation[] = [
  ramRead('ListPermissions', listPermissions),
  ramRead('GetPermission', getPermission),
  ramRead('ListResourceSharePermissions', listResourceSharePermissions),
  ramRead('ListPermissionAssociations', listPermissionAssociations),
  ramWrite('CreatePermission', createPermission),
  ramWrite('DeletePermission', deletePermission, { method: 'DELETE' }),
  ramWrite('AssociateResourceSharePermission', associatePermission),
  ramWrite('DisassociateResourceSharePermission', disassociatePermission),
];

function listPermissions(world: World, call: Call): Outcome {
  const type = optionalText(call.parameters, 'permissionType') ?? 'ALL';
  const resourceType = optionalText(call.parameters, 'resourceType') ?? imageResourceType;
  const { defaultPermission, permissions, policyPermissions } = territoryOf(world, call);
  const aws = type === 'CUSTOMER_MANAGED' || type === 'LOCAL' ? [] : [defaultPermission];
  const customers =
    type === 'AWS_MANAGED' || type === 'AWS' ? [] : [...permissions.values(), ...policyPermissions.values()];
  const items = resourceType.toLowerCase() === imageResourceType.toLowerCase() ? [...aws, ...customers] : [];
  return pageOf(world, call, { pages: ramPages, key: 'permissions', items, render: permissionSummary });
}

function getPermission(world: World, call: Call): Outcome {
  const permission = knownPermission(world, call, requiredText(call, 'permissionArn'));
  return { body: { permission: permissionDetail(permission) } };
}

function listResourceSharePermissions(world: World, call: Call): Outcome {
  const { permission } = ownShare(world, call, requiredText(call, 'resourceShareArn'));
  const items = permission === undefined ? [] : [permission];
  return pageOf(world, call, { pages: ramPages, key: 'permissions', items, render: permissionSummary });
}

function listPermissionAssociations(world: World, call: Call): Outcome {
  const permissionArn = optionalText(call.parameters, 'permissionArn');
  const featureSet = optionalText(call.parameters, 'featureSet');
  const resourceType = optionalText(call.parameters, 'resourceType') ?? imageResourceType;
  const named = permissionArn === undefined ? undefined : knownPermission(world, call, permissionArn);
  const shares = named?.owner === undefined ? territoryOf(world, call).shares : named.shares;
  const items = [...shares].flatMap((share) => {
    const { permission } = share;
    if (permission === undefined || !isShareLive(share) || resourceType !== imageResourceType) return [];
    if (permissionArn !== undefined && permission.arn !== permissionArn) return [];
    return featureSet !== undefined && permission.featureSet !== featureSet ? [] : [{ share, permission }];
  });
  const render = ({ share, permission }: (typeof items)[number]) => associatedPermission(share, permission);
  return pageOf(world, call, { pages: ramPages, key: 'permissions', items, render });
}

function createPermission(world: World, call: Call): Outcome {
  const name = requiredText(call, 'name');
  if (requiredText(call, 'resourceType').toLowerCase() !== imageResourceType.toLowerCase()) {
    throw ramError('InvalidParameterException', 'The resource type is not simulated.');
  }
  const content = templateContent(requiredText(call, 'policyTemplate'));
  const permission = createManagedPermission(world, territoryOf(world, call), name, content);
  for (const tag of objects(call.parameters, 'tags')) {
    permission.tags.set(optionalText(tag, 'key') ?? '', optionalText(tag, 'value') ?? '');
  }
  return { body: { permission: permissionDetail(permission) }, effect: 'changed' };
}

function deletePermission(world: World, call: Call): Outcome {
  const permission = knownPermission(world, call, requiredText(call, 'permissionArn'));
  if (permission.owner === undefined || permission.featureSet !== 'STANDARD' || permission.shares.size > 0) {
    throw ramError('OperationNotPermittedException', 'Only an own permission that no share uses can be deleted.');
  }
  territoryOf(world, call).permissions.delete(permission.arn);
  return { body: { returnValue: true, permissionStatus: 'DELETING' }, effect: 'changed' };
}

function associatePermission(world: World, call: Call): Outcome {
  const share = changeableShare(world, call);
  const permission = knownPermission(world, call, requiredText(call, 'permissionArn'));
  if (permission.featureSet !== 'STANDARD') {
    throw ramError('OperationNotPermittedException', 'A permission created from a policy cannot be associated.');
  }
  const alreadyHeld = share.permission === permission;
  if (!alreadyHeld && share.permission !== undefined && optionalFlag(call.parameters, 'replace') !== true) {
    throw ramError('OperationNotPermittedException', 'The share has a permission for this resource type; use replace.');
  }
  attachPermission(world, share, permission);
  return { body: { returnValue: true }, effect: effectOf({ alreadyHeld }) };
}

function disassociatePermission(world: World, call: Call): Outcome {
  const share = changeableShare(world, call);
  const permission = knownPermission(world, call, requiredText(call, 'permissionArn'));
  if (share.permission !== permission) {
    throw ramError('UnknownResourceException', 'The share does not use the permission.', { alreadyHeld: true });
  }
  if ([...share.resources.values()].some(isLive)) {
    throw ramError('OperationNotPermittedException', 'The share has resources of the type of this permission.');
  }
  attachPermission(world, share, undefined);
  return { body: { returnValue: true }, effect: 'changed' };
}

function changeableShare(world: World, call: Call): ShareRecord {
  const share = ownShare(world, call, requiredText(call, 'resourceShareArn'));
  if (share.featureSet !== 'STANDARD') {
    throw ramError('OperationNotPermittedException', `A resource share that is ${share.featureSet} cannot be changed.`);
  }
  return share;
}

function templateContent(template: string): PermissionContent {
  const parsed = parseJson(template);
  const action = isJsonObject(parsed) ? parsed['Action'] : undefined;
  const actions = typeof action === 'string' ? [action] : action;
  if (!isJsonObject(parsed) || parsed['Effect'] !== 'Allow' || !isTexts(actions) || actions.length === 0) {
    throw ramError('MalformedPolicyTemplateException', 'The template needs Effect Allow and at least one Action.');
  }
  const condition = parsed['Condition'];
  return permissionContent(actions, isJsonObject(condition) ? condition : undefined);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

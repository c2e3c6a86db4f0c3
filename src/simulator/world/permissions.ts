import { randomUUID } from 'node:crypto';
import { ramError } from '../aws-error.ts';
import { partitionOf } from './arns.ts';
import type { PermissionContent, PermissionRecord, ShareRecord, Territory } from './records.ts';
import type { World } from './world.ts';

/** The permission that a share could use in place of its own: one that is managed and equals the content exactly. */
export function managedPermissionEqualTo(
  territory: Territory,
  content: PermissionContent,
  options: { readonly withDefault: boolean },
): PermissionRecord | undefined {
  if (options.withDefault && territory.defaultPermission.content.key === content.key)
    return territory.defaultPermission;
  for (const permission of territory.permissions.values()) {
    if (permission.content.key === content.key) return permission;
  }
  return undefined;
}

/** Any permission that the account can name: AWS's, its own, or one that RAM made from a policy. */
export function findPermission(territory: Territory, arn: string): PermissionRecord | undefined {
  if (arn === territory.defaultPermission.arn) return territory.defaultPermission;
  return territory.permissions.get(arn) ?? territory.policyPermissions.get(arn);
}

/** Makes a customer managed permission. Names are unique; a resource type takes only so many. */
export function createManagedPermission(
  world: World,
  territory: Territory,
  name: string,
  content: PermissionContent,
): PermissionRecord {
  if (!/^[\w.-]{1,36}$/.test(name)) {
    throw ramError('InvalidParameterException', 'The permission name must have 1 to 36 characters of [A-Za-z0-9_.-].');
  }
  const arn = `arn:${partitionOf(territory.region)}:ram:${territory.region}:${territory.account}:permission/${name}`;
  const alreadyHeld = managedPermissionEqualTo(territory, content, { withDefault: false }) !== undefined;
  if (territory.permissions.has(arn)) {
    const taken = world.behaviour.permissionNameTaken;
    const errorName =
      taken === 'PermissionAlreadyExists409' ? 'PermissionAlreadyExistsException' : 'InvalidParameterException';
    throw ramError(errorName, `A permission with the name ${name} already exists.`, { alreadyHeld });
  }
  if (territory.permissions.size >= world.settings.maxPermissionCount) {
    const quota = world.behaviour.permissionQuota;
    const errorName =
      quota === 'PermissionLimitExceeded400' ? 'PermissionLimitExceededException' : 'OperationNotPermittedException';
    throw ramError(errorName, 'The limit of customer managed permissions for the resource type is reached.', {
      alreadyHeld,
    });
  }
  const permission = newPermission(world, { arn, name, owner: territory.account, content, featureSet: 'STANDARD' });
  territory.permissions.set(arn, permission);
  return permission;
}

/** Makes the permission that RAM writes down for a policy that equals no managed one. */
export function createPolicyPermission(
  world: World,
  territory: Territory,
  content: PermissionContent,
): PermissionRecord {
  const name = `CreatedFromPolicy-${randomUUID()}`;
  const arn = `arn:${partitionOf(territory.region)}:ram:${territory.region}:${territory.account}:permission/${name}`;
  const featureSet = 'CREATED_FROM_POLICY';
  const permission = newPermission(world, { arn, name, owner: territory.account, content, featureSet });
  territory.policyPermissions.set(arn, permission);
  return permission;
}

/** Gives a share its permission, or none. RAM drops a permission made from a policy when its last share leaves it. */
export function attachPermission(world: World, share: ShareRecord, permission: PermissionRecord | undefined): void {
  const previous = share.permission;
  if (previous === permission) return;
  share.permission = permission;
  if (permission?.owner !== undefined) permission.shares.add(share);
  previous?.shares.delete(share);
  if (previous?.featureSet === 'CREATED_FROM_POLICY' && previous.shares.size === 0) {
    world.territory(share.owner, share.region).policyPermissions.delete(previous.arn);
  }
  world.touchShare(share);
}

function newPermission(
  world: World,
  given: Pick<PermissionRecord, 'arn' | 'name' | 'owner' | 'content' | 'featureSet'>,
): PermissionRecord {
  return { ...given, createdAt: world.instant, tags: new Map(), shares: new Set() };
}

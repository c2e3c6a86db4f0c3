import type { ResourceSharePermissionSummary } from '@aws-sdk/client-ram';
import { GetPermissionCommand, ListPermissionsCommand } from '@aws-sdk/client-ram';
import type { AwsAccess, AwsCall } from './access.ts';
import type { AwsClients } from './clients.ts';
import { allPages } from './paginate.ts';
import type { PermissionBody } from './permission-body.ts';
import { parsePermissionBody } from './permission-body.ts';
import type { Target } from './request.ts';
import { readRam, required } from './request.ts';

/** Type of the resources that this product shares. */
export const imageResourceType = 'imagebuilder:Image';

/**
 * ARN of a STANDARD managed permission for images, of AWS or of the account, that allows exactly these actions under
 * exactly this condition; null where there is none. With several, the first that RAM lists.
 */
export async function findPermission(
  clients: AwsClients,
  access: AwsAccess,
  wanted: PermissionBody,
  call: AwsCall,
): Promise<string | null> {
  const target = { clients, access, call };
  for (const summary of await listStandardPermissions(target)) {
    const body = await permissionBody(target, summary);
    if (summary.arn !== undefined && isSameBody(body, wanted)) return summary.arn;
  }
  return null;
}

/** Whether the account has a STANDARD permission for images of this name. */
export async function hasPermissionNamed(
  clients: AwsClients,
  access: AwsAccess,
  name: string,
  call: AwsCall,
): Promise<boolean> {
  const permissions = await listStandardPermissions({ clients, access, call });
  return permissions.some((summary) => summary.name === name);
}

/**
 * The body of a managed permission. That of a STANDARD permission is read once for all time, since a version never
 * changes; its age is part of the key, because a deleted permission may come back under the same name and version.
 */
export async function permissionBody(target: Target, summary: ResourceSharePermissionSummary): Promise<PermissionBody> {
  const { permissionBodies } = target.clients;
  const arn = required(summary.arn, { operation: 'GetPermission', item: summary.name ?? 'a permission' });
  const key = JSON.stringify([arn, summary.version, summary.creationTime]);
  const known = permissionBodies.get(key);
  if (known !== undefined) return known;
  const body = await readBody(target, arn, summary.version);
  // RAM may rewrite a permission that it made from a policy when the policy changes.
  if (summary.featureSet === 'STANDARD') permissionBodies.set(key, body);
  return body;
}

/** Whether a permission is one for images, in whatever case RAM writes the type. */
export function isForImages({ resourceType }: ResourceSharePermissionSummary): boolean {
  return resourceType === undefined || resourceType.toLowerCase() === imageResourceType.toLowerCase();
}

async function listStandardPermissions(target: Target): Promise<readonly ResourceSharePermissionSummary[]> {
  const permissions = await allPages(async (nextToken) => {
    const page = await readRam(target, {
      operation: 'ListPermissions',
      item: `the permissions of ${target.access.account}`,
      send: (client) => client.send(new ListPermissionsCommand({ resourceType: imageResourceType, nextToken })),
    });
    return { items: page.permissions, nextToken: page.nextToken };
  });
  return permissions.filter(
    (summary) => isForImages(summary) && summary.featureSet === 'STANDARD' && isUsable(summary),
  );
}

// RAM goes on listing deleted permissions for about two hours.
function isUsable({ status }: ResourceSharePermissionSummary): boolean {
  return status === undefined || status === 'ATTACHABLE';
}

function isSameBody(left: PermissionBody, right: PermissionBody): boolean {
  return left.condition === right.condition && actionsText(left) === actionsText(right);
}

function actionsText({ actions }: PermissionBody): string {
  return [...new Set(actions)].sort().join('\n');
}

async function readBody(target: Target, arn: string, version: string | undefined): Promise<PermissionBody> {
  const input = { permissionArn: arn, ...versionOf(version) };
  const about = { operation: 'GetPermission', item: arn };
  const { permission } = await readRam(target, {
    ...about,
    send: (client) => client.send(new GetPermissionCommand(input)),
  });
  return parsePermissionBody(required(permission?.permission, about), arn);
}

function versionOf(version: string | undefined): { permissionVersion?: number } {
  const number = Number(version);
  return Number.isInteger(number) && number > 0 ? { permissionVersion: number } : {};
}

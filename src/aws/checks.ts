import { GetImageCommand, GetImagePolicyCommand, ListImagesCommand } from '@aws-sdk/client-imagebuilder';
import type { ResourceSharePermissionSummary } from '@aws-sdk/client-ram';
import { GetResourceSharesCommand, ListPermissionsCommand } from '@aws-sdk/client-ram';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import { answerDateMs } from './faults.ts';
import { allPages } from './paginate.ts';
import { imageResourceType } from './permissions.ts';
import type { Target } from './request.ts';
import { readImageBuilder, readRam, readSts, required } from './request.ts';
import { listPendingInvitations, listSharesOfImages } from './shares.ts';

/** The account of the credentials. Throws what any other call with them would. */
export async function accountOfCredentials(target: Target): Promise<string> {
  const request = { operation: 'GetCallerIdentity', item: target.access.roleArn ?? target.access.account };
  const answer = await readSts(target, {
    ...request,
    send: (client) => client.send(new GetCallerIdentityCommand({})),
  });
  return required(answer.Account, request);
}

/** By how many milliseconds AWS's clock was ahead of this one in its last answer to {@link accountOfCredentials}. */
export function clockSkewMs({ clients, access }: Target): number {
  return clients.sts(access).config.systemClockOffset;
}

/**
 * By how many milliseconds AWS's clock was ahead of this one when it refused a call a moment ago, also one for the credentials
 * of a role, which another client makes; 0 where the refusal does not say the time.
 */
export function clockSkewOfRefusal(refusal: unknown): number {
  const answeredAtMs = refusal instanceof AppError ? answerDateMs(refusal.context.cause) : null;
  return answeredAtMs === null ? 0 : answeredAtMs - Date.now();
}

/** Makes the two reads of an image that every rollout begins with. */
export async function readImageOnce(target: Target, image: ImageArn): Promise<void> {
  await readImageBuilder(target, {
    operation: 'GetImage',
    item: image,
    send: (client) => client.send(new GetImageCommand({ imageBuildVersionArn: image })),
  });
  await readImageBuilder(target, {
    operation: 'GetImagePolicy',
    item: image,
    send: (client) => client.send(new GetImagePolicyCommand({ imageArn: image })),
  });
}

/** Makes the first read of a selection. */
export async function listImagesOnce(target: Target): Promise<void> {
  const { account, region } = target.access;
  await readImageBuilder(target, {
    operation: 'ListImages',
    item: `images of ${account} in ${region}`,
    send: (client) => client.send(new ListImagesCommand({ owner: 'Self' })),
  });
}

/** The account's own managed permissions for images, by name, and those of them that no share uses. */
export async function listOwnPermissions(
  target: Target,
): Promise<readonly { readonly name: string; readonly isUsed: boolean }[]> {
  const permissions = await allPages<ResourceSharePermissionSummary>(async (nextToken) => {
    const page = await readRam(target, {
      operation: 'ListPermissions',
      item: imageResourceType,
      send: (client) => client.send(new ListPermissionsCommand({ resourceType: imageResourceType, nextToken })),
    });
    return { items: page.permissions, nextToken: page.nextToken };
  });
  const own = permissions.filter(
    ({ permissionType, featureSet }) => permissionType === 'CUSTOMER_MANAGED' && featureSet === 'STANDARD',
  );
  return Promise.all(
    own.map(async ({ name = '', arn = '' }) => ({ name, isUsed: await isPermissionUsed(target, arn) })),
  );
}

/** Accounts that have not answered an invitation to a share of the image. */
export async function listPendingAccounts(target: Target, image: ImageArn): Promise<readonly string[]> {
  const shareArns = (await listSharesOfImages(target, [image])).get(image) ?? [];
  const invitations = shareArns.length === 0 ? [] : await listPendingInvitations(target, shareArns);
  return [...new Set(invitations.map(({ account }) => account))];
}

async function isPermissionUsed(target: Target, permissionArn: string): Promise<boolean> {
  const shares = await allPages(async (nextToken) => {
    const page = await readRam(target, {
      operation: 'GetResourceShares',
      item: permissionArn,
      send: (client) => client.send(new GetResourceSharesCommand({ resourceOwner: 'SELF', permissionArn, nextToken })),
    });
    return { items: page.resourceShares, nextToken: page.nextToken };
  });
  return shares.some(({ status }) => status !== 'DELETED' && status !== 'DELETING');
}

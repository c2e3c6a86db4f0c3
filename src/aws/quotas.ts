import { GetResourceShareInvitationsCommand, ListPermissionsCommand } from '@aws-sdk/client-ram';
import { AppError, errorCodes } from '../domain/errors.ts';
import { allPages } from './paginate.ts';
import { imageResourceType, isForImages } from './permissions.ts';
import type { Target } from './request.ts';
import { readRam } from './request.ts';

/** How much of two small quotas an account uses in a Region. */
export interface UsedQuotas {
  /** Names of its customer managed permissions for images. */
  readonly customerPermissionNames: readonly string[];
  /** Invitations it has sent that nobody has answered; 0 also where RAM does not show them to the sender. */
  readonly pendingInvitationCount: number;
}

/** Reads what an account uses of them; makes two calls. */
export async function readUsedQuotas(target: Target): Promise<UsedQuotas> {
  const [customerPermissionNames, pendingInvitationCount] = await Promise.all([
    listCustomerPermissions(target),
    countPendingInvitations(target),
  ]);
  return { customerPermissionNames, pendingInvitationCount };
}

async function listCustomerPermissions(target: Target): Promise<readonly string[]> {
  const permissions = await allPages(async (nextToken) => {
    const page = await readRam(target, {
      operation: 'ListPermissions',
      item: `the permissions of ${target.access.account}`,
      send: (client) =>
        client.send(
          new ListPermissionsCommand({
            resourceType: imageResourceType,
            permissionType: 'CUSTOMER_MANAGED',
            nextToken,
          }),
        ),
    });
    return { items: page.permissions, nextToken: page.nextToken };
  });
  // What RAM made from a policy counts for that policy, not for the quota of what customers manage.
  const managed = permissions.filter((summary) => isForImages(summary) && summary.featureSet === 'STANDARD');
  return managed.flatMap(({ name }) => name ?? []);
}

async function countPendingInvitations(target: Target): Promise<number> {
  try {
    const invitations = await allPages(async (nextToken) => {
      const page = await readRam(target, {
        operation: 'GetResourceShareInvitations',
        item: `the invitations of ${target.access.account}`,
        send: (client) => client.send(new GetResourceShareInvitationsCommand({ nextToken })),
      });
      return { items: page.resourceShareInvitations, nextToken: page.nextToken };
    });
    return invitations.filter(
      ({ status, senderAccountId }) => status === 'PENDING' && senderAccountId === target.access.account,
    ).length;
  } catch (error) {
    if (error instanceof AppError && errorCodes[error.code].retry === 'never') return 0;
    throw error;
  }
}

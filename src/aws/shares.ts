import type {
  ResourceShare,
  ResourceShareAssociation,
  ResourceShareAssociationType,
  ResourceSharePermissionSummary,
} from '@aws-sdk/client-ram';
import {
  GetResourceShareAssociationsCommand,
  GetResourceShareInvitationsCommand,
  GetResourceSharesCommand,
  ListResourceSharePermissionsCommand,
  ListResourcesCommand,
} from '@aws-sdk/client-ram';
import { chunksOf } from '../domain/chunks.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import { groupedBy } from './grouped.ts';
import type { Page } from './paginate.ts';
import { allPages } from './paginate.ts';
import type { Target } from './request.ts';
import { readRam } from './request.ts';

/** Most ARNs that a list is asked about in one call. RAM documents no limit; a hundred keep a request below 16 KB. */
export const mostArns = 100;

/** An invitation of an account to a share. */
export interface ShareInvitation {
  readonly shareArn: string;
  readonly account: string;
}

/** ARNs of the account's shares in which each image is; an image that is in none has no entry. */
export async function listSharesOfImages(
  target: Target,
  images: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const resources = await inChunks(images, async (resourceArns, nextToken) => {
    const page = await readRam(target, {
      operation: 'ListResources',
      item: itemOf(resourceArns),
      send: (client) => client.send(new ListResourcesCommand({ resourceOwner: 'SELF', resourceArns, nextToken })),
    });
    return { items: page.resources, nextToken: page.nextToken };
  });
  const found = groupedBy(resources, ({ arn }) => arn ?? '');
  return new Map([...found].map(([arn, places]) => [arn, places.flatMap((place) => place.resourceShareArn ?? [])]));
}

/** The shares with these ARNs by ARN, deleted ones too. */
export async function listShares(
  target: Target,
  shareArns: readonly string[],
): Promise<ReadonlyMap<string, ResourceShare>> {
  const shares = await findShares(target, {}, shareArns);
  return new Map(shares.map((share) => [share.resourceShareArn ?? '', share]));
}

/** ARNs of those of the shares that have this version of a managed permission. */
export async function listSharesWithPermission(
  target: Target,
  { permissionArn, version }: { readonly permissionArn: string; readonly version: number },
  shareArns: readonly string[],
): Promise<readonly string[]> {
  const shares = await findShares(target, { permissionArn, permissionVersion: version }, shareArns);
  return shares.flatMap(({ resourceShareArn }) => resourceShareArn ?? []);
}

/** The account's shares of a name, deleted ones too. */
export function listSharesNamed(target: Target, name: string): Promise<readonly ResourceShare[]> {
  return allPages(async (nextToken) => {
    const page = await readRam(target, {
      operation: 'GetResourceShares',
      item: name,
      send: (client) => client.send(new GetResourceSharesCommand({ resourceOwner: 'SELF', name, nextToken })),
    });
    return { items: page.resourceShares, nextToken: page.nextToken };
  });
}

function findShares(
  target: Target,
  filter: { readonly permissionArn?: string; readonly permissionVersion?: number },
  shareArns: readonly string[],
): Promise<readonly ResourceShare[]> {
  return inChunks(shareArns, async (resourceShareArns, nextToken) => {
    const input = { ...filter, resourceOwner: 'SELF' as const, resourceShareArns, nextToken };
    const page = await readRam(target, {
      operation: 'GetResourceShares',
      item: itemOf(resourceShareArns),
      send: (client) => client.send(new GetResourceSharesCommand(input)),
    });
    return { items: page.resourceShares, nextToken: page.nextToken };
  });
}

/** What is, or was, in each share: its resources or its principals. */
export async function listAssociations(
  target: Target,
  associationType: ResourceShareAssociationType,
  shareArns: readonly string[],
): Promise<ReadonlyMap<string, readonly ResourceShareAssociation[]>> {
  const associations = await inChunks(shareArns, async (resourceShareArns, nextToken) => {
    const input = { associationType, resourceShareArns, nextToken };
    const page = await readRam(target, {
      operation: 'GetResourceShareAssociations',
      item: itemOf(resourceShareArns),
      send: (client) => client.send(new GetResourceShareAssociationsCommand(input)),
    });
    return { items: page.resourceShareAssociations, nextToken: page.nextToken };
  });
  return groupedBy(associations, ({ resourceShareArn }) => resourceShareArn ?? '');
}

/** The managed permissions of a share, one for each type of resource. */
export function listSharePermissions(
  target: Target,
  resourceShareArn: string,
): Promise<readonly ResourceSharePermissionSummary[]> {
  return allPages(async (nextToken) => {
    const page = await readRam(target, {
      operation: 'ListResourceSharePermissions',
      item: resourceShareArn,
      send: (client) => client.send(new ListResourceSharePermissionsCommand({ resourceShareArn, nextToken })),
    });
    return { items: page.permissions, nextToken: page.nextToken };
  });
}

/** Invitations to these shares that wait for an answer; see {@link listInvitations}. */
export function listPendingInvitations(
  target: Target,
  shareArns: readonly string[],
): Promise<readonly ShareInvitation[]> {
  return listInvitations(target, shareArns, 'PENDING');
}

/**
 * Invitations to these shares in a state. RAM does not promise them to an owner, so a refusal for good counts as none; a
 * failure that would go away is thrown.
 */
export async function listInvitations(
  target: Target,
  shareArns: readonly string[],
  wanted: 'PENDING' | 'ACCEPTED',
): Promise<readonly ShareInvitation[]> {
  try {
    const invitations = await inChunks(shareArns, async (resourceShareArns, nextToken) => {
      const page = await readRam(target, {
        operation: 'GetResourceShareInvitations',
        item: itemOf(resourceShareArns),
        send: (client) => client.send(new GetResourceShareInvitationsCommand({ resourceShareArns, nextToken })),
      });
      return { items: page.resourceShareInvitations, nextToken: page.nextToken };
    });
    return invitations
      .filter(({ status }) => status === wanted)
      .map(({ resourceShareArn = '', receiverAccountId = '' }) => ({
        shareArn: resourceShareArn,
        account: receiverAccountId,
      }));
  } catch (error) {
    if (error instanceof AppError && errorCodes[error.code].retry === 'never') return [];
    throw error;
  }
}

async function inChunks<Item>(
  arns: readonly string[],
  readPage: (chunk: string[], nextToken: string | undefined) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (const chunk of chunksOf(arns, mostArns)) {
    items.push(...(await allPages((nextToken) => readPage([...chunk], nextToken))));
  }
  return items;
}

function itemOf(arns: readonly string[]): string {
  const [first = 'nothing'] = arns;
  return arns.length > 1 ? `${first} and ${arns.length - 1} more` : first;
}

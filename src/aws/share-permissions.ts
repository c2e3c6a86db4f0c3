import type { ResourceSharePermissionSummary } from '@aws-sdk/client-ram';
import { AppError, errorCodes } from '../domain/errors.ts';
import type { ObservedPermission } from '../domain/observation.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { isForImages, permissionBody } from './permissions.ts';
import { featureSetOf } from './ram-words.ts';
import type { Target } from './request.ts';
import { required } from './request.ts';
import { listSharePermissions, listSharesWithPermission } from './shares.ts';

type Summaries = readonly ResourceSharePermissionSummary[];

/**
 * Permissions of AWS that shares were seen with, by ARN and version. They only tell what to ask RAM about: none of them is
 * ever deleted or changed, while one of a customer may come back under its old name with another content.
 */
export type KnownPermissions = Map<string, ResourceSharePermissionSummary>;

// Shares that are read one by one at the same time.
const laneCount = 8;
// Fewer shares are not worth the question which of them have the permission of one.
const fewShares = 2;
// An account has few managed permissions for images, so most shares have one that a share before had.
const mostRounds = 4;

/** What each of the shares allows: its managed permissions for images. */
export async function observePermissions(
  target: Target,
  shareArns: readonly string[],
  known: KnownPermissions,
): Promise<ReadonlyMap<string, readonly ObservedPermission[]>> {
  const summariesOf = await listPermissionsOfShares(target, shareArns, known);
  const distinct = [...new Set(summariesOf.values())];
  const observed = new Map(
    await mapInLanes(
      distinct,
      laneCount,
      async (summaries) => [summaries, await withBodies(target, summaries)] as const,
    ),
  );
  return new Map([...summariesOf].map(([arn, summaries]) => [arn, observed.get(summaries) ?? []]));
}

/** The same, each share asked by itself: for those of which RAM's other answers do not fit together. */
export async function observePermissionsApart(
  target: Target,
  shareArns: readonly string[],
): Promise<ReadonlyMap<string, readonly ObservedPermission[]>> {
  const permissions = await mapInLanes(shareArns, laneCount, async (arn) => {
    const summaries = (await listSharePermissions(target, arn)).filter(isForImages);
    return [arn, await withBodies(target, summaries)] as const;
  });
  return new Map(permissions);
}

function withBodies(target: Target, summaries: Summaries): Promise<readonly ObservedPermission[]> {
  return mapInLanes(summaries, 1, async (summary) => ({
    permissionArn: required(summary.arn, { operation: 'ListResourceSharePermissions', item: summary.name ?? '' }),
    featureSet: featureSetOf(summary.featureSet),
    ...(await permissionBody(target, summary)),
  }));
}

/**
 * RAM lists the permissions of one share a call; but a share has one permission for images, and RAM tells which shares
 * have a given version of it. So one share is read, and then RAM is asked which of the others have the same. These have
 * the same list as value. A permission that is known is asked for without such a share.
 */
async function listPermissionsOfShares(
  target: Target,
  shareArns: readonly string[],
  known: KnownPermissions,
): Promise<ReadonlyMap<string, Summaries>> {
  const found = new Map<string, Summaries>();
  const unknown = new Set(shareArns);
  const note = (arn: string, permissions: Summaries): void => {
    found.set(arn, permissions);
    unknown.delete(arn);
  };
  const noteSame = async (permissions: Summaries): Promise<void> => {
    for (const arn of await sharesWithSame(target, permissions, [...unknown])) note(arn, permissions);
  };
  const read = async (arn: string): Promise<Summaries> => {
    const permissions = (await listSharePermissions(target, arn)).filter(isForImages);
    note(arn, permissions);
    return permissions;
  };
  for (const permission of known.values()) if (unknown.size > 1) await noteSame([permission]);
  for (let round = 0; round < mostRounds && unknown.size > fewShares; round += 1) {
    const [first = ''] = unknown;
    const permissions = await read(first);
    for (const one of permissions) if (isOfAws(one)) known.set(`${one.arn} ${one.version}`, one);
    if (unknown.size > 0) await noteSame(permissions);
  }
  await mapInLanes([...unknown], laneCount, read);
  return found;
}

function isOfAws({ arn = '', featureSet }: ResourceSharePermissionSummary): boolean {
  return featureSet === 'STANDARD' && /^arn:[^:]+:ram::aws:permission\//.test(arn);
}

// One that RAM made from a policy is that of its share alone.
async function sharesWithSame(
  target: Target,
  permissions: Summaries,
  shareArns: readonly string[],
): Promise<readonly string[]> {
  const [permission, ...others] = permissions;
  const version = Number(permission?.version);
  const isShared = permission?.featureSet === 'STANDARD' && others.length === 0;
  if (!isShared || permission.arn === undefined || !Number.isInteger(version) || version < 1) return [];
  const named = new Set(shareArns);
  const same = await listSharesWithPermission(target, { permissionArn: permission.arn, version }, shareArns).catch(
    (error: unknown) => noneIfRefused(error),
  );
  return same.filter((arn) => named.has(arn));
}

// The question only saves calls: where RAM does not take it, each share is read by itself.
function noneIfRefused(error: unknown): readonly string[] {
  if (error instanceof AppError && errorCodes[error.code].retry === 'never') return [];
  throw error;
}

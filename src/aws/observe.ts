import type { ResourceShare, ResourceShareAssociation } from '@aws-sdk/client-ram';
import { GetImageCommand, GetImagePolicyCommand } from '@aws-sdk/client-imagebuilder';
import type { ImageArn } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import type { ObservedImage, ObservedPermission, ObservedPrincipal, ObservedShare } from '../domain/observation.ts';
import { rolloutTagKey } from '../domain/observation.ts';
import { emptyPolicy, policyGrants } from '../domain/policy.ts';
import { canonicalPrincipal } from '../domain/principal.ts';
import type { AwsAccess, AwsCall } from './access.ts';
import type { AwsClients } from './clients.ts';
import { groupedBy } from './grouped.ts';
import { mapInLanes } from './lanes.ts';
import { isForImages, permissionBodiesOnce, permissionBody } from './permissions.ts';
import { associationStatusOf, featureSetOf, shareStatusOf } from './ram-words.ts';
import type { Target } from './request.ts';
import { readImageBuilder, required } from './request.ts';
import {
  listAssociations,
  listPendingInvitations,
  listPermissionUses,
  listSharePermissions,
  listShares,
  listSharesOfImages,
} from './shares.ts';

// Reads of one operation that are under way at the same time; the client's limiter lowers the pace where AWS asks for it.
const laneCount = 8;

// Of so many shares each is asked for its permission; of more, one list of all that the account has is read.
const fewShares = 20;

/**
 * Everything about the access to some images of one account and Region, in the order given. For one image that is not
 * shared it makes two calls; shares are read together, a hundred a call. Each result says when its read began.
 *
 * Throws `image-gone` where an image does not exist; the error's item is its ARN.
 */
export async function observeImages(
  clients: AwsClients,
  access: AwsAccess,
  images: readonly ImageArn[],
  call: AwsCall,
  now: () => number,
): Promise<readonly ObservedImage[]> {
  const target = { clients, access, call };
  const observedAtMs = now();
  const [policies, sharesOf] = await Promise.all([
    mapInLanes(images, laneCount, (image) => readPolicy(target, image)),
    observeShares(target, images, observedAtMs),
  ]);
  return images.map((image, index) => {
    const policy = policies[index] ?? null;
    return {
      image,
      observedAtMs,
      policy,
      policyGrants: policy === null ? [] : policyGrants(policy, access.account),
      shares: sharesOf(image),
    };
  });
}

/** The status of an image build, in Image Builder's own words (`AVAILABLE`). Throws `image-gone` where it is absent. */
export async function readImageStatus(
  clients: AwsClients,
  access: AwsAccess,
  image: ImageArn,
  call: AwsCall,
): Promise<string> {
  const target = { clients, access, call };
  const status = await readStatus(target, image).catch((error: unknown) => whyHidden(target, image, error));
  if (status !== undefined) return status;
  throw new AppError('image-gone', `GetImage shows no ${image}`, { item: image });
}

async function readStatus(target: Target, image: ImageArn): Promise<string | undefined> {
  const answer = await readImageBuilder(target, {
    operation: 'GetImage',
    item: image,
    send: (client, options) => client.send(new GetImageCommand({ imageBuildVersionArn: image }), options),
  });
  return answer.image?.state?.status;
}

// GetImage may forbid an absent image as it forbids a role; GetImagePolicy has different answers for the two.
async function whyHidden(target: Target, image: ImageArn, error: unknown): Promise<never> {
  if (!(error instanceof AppError) || error.code !== 'aws-access-denied') throw error;
  await readPolicy(target, image).catch((reason: unknown) => {
    if (!(reason instanceof AppError) || reason.code === 'image-gone') throw reason;
  });
  throw error;
}

async function readPolicy(target: Target, image: ImageArn): Promise<string | null> {
  const about = { operation: 'GetImagePolicy', item: image };
  const { policy } = await readImageBuilder(target, {
    ...about,
    send: (client, options) => client.send(new GetImagePolicyCommand({ imageArn: image }), options),
  });
  const text = required(policy, about);
  return text.trim() === '' || text.replace(/\s/g, '') === emptyPolicy ? null : text;
}

async function observeShares(
  target: Target,
  images: readonly ImageArn[],
  observedAtMs: number,
): Promise<(image: ImageArn) => readonly ObservedShare[]> {
  const arnsOf = await listSharesOfImages(target, images);
  const arns = [...new Set([...arnsOf.values()].flat())].sort();
  const known = await listShares(target, arns);
  requireEach(arns, known);
  const shares = known.filter(({ status }) => status !== 'DELETED');
  const live = shares.flatMap(({ resourceShareArn }) => resourceShareArn ?? []);
  const [resources, principals, permissions] = await Promise.all([
    listAssociations(target, 'RESOURCE', live),
    observePrincipals(target, live, observedAtMs),
    observePermissions(target, live),
  ]);
  return (image) =>
    shares
      .filter(({ resourceShareArn }) => arnsOf.get(image)?.includes(resourceShareArn ?? ''))
      .map((share) => {
        const arn = share.resourceShareArn ?? '';
        const people = { principals: principals.get(arn) ?? [], permissions: permissions.get(arn) ?? [] };
        return { ...headOf(share), ...placeOf(image, resources.get(arn) ?? []), ...people };
      })
      .filter(({ imageStatus }) => imageStatus !== 'DISASSOCIATED')
      .sort((left, right) => (left.shareArn < right.shareArn ? -1 : 1));
}

// A share that one list names and the other leaves out may be a STANDARD one: to go on without it could overwrite it.
function requireEach(arns: readonly string[], shares: readonly ResourceShare[]): void {
  const known = new Set(shares.map(({ resourceShareArn }) => resourceShareArn));
  const missing = arns.find((arn) => !known.has(arn));
  if (missing === undefined) return;
  throw new AppError('aws-not-there-yet', `ListResources names ${missing}, which GetResourceShares does not show`, {
    item: missing,
  });
}

function headOf(
  share: ResourceShare,
): Pick<ObservedShare, 'shareArn' | 'name' | 'featureSet' | 'status' | 'rolloutTag'> {
  return {
    shareArn: share.resourceShareArn ?? '',
    name: share.name ?? '',
    featureSet: featureSetOf(share.featureSet),
    status: shareStatusOf(share.status),
    rolloutTag: share.tags?.find(({ key }) => key === rolloutTagKey)?.value ?? null,
  };
}

function placeOf(
  image: ImageArn,
  resources: readonly ResourceShareAssociation[],
): Pick<ObservedShare, 'imageStatus' | 'otherResourceCount'> {
  const own = resources.filter(({ associatedEntity }) => associatedEntity === image);
  const others = resources.filter(
    ({ associatedEntity, status }) => associatedEntity !== image && status !== 'DISASSOCIATED',
  );
  // One list already names the image and the other does not yet: RAM is still at it.
  const state = latestOf(own)?.status ?? 'ASSOCIATING';
  return { imageStatus: associationStatusOf(state), otherResourceCount: new Set(others.map(entityOf)).size };
}

async function observePrincipals(
  target: Target,
  shareArns: readonly string[],
  observedAtMs: number,
): Promise<ReadonlyMap<string, readonly ObservedPrincipal[]>> {
  const associations = await listAssociations(target, 'PRINCIPAL', shareArns);
  const undecided = shareArns.filter((arn) => associations.get(arn)?.some(({ status }) => status === 'ASSOCIATING'));
  const invited = await listPendingInvitations(target, undecided);
  return new Map(
    shareArns.map((arn) => {
      const byEntity = groupedBy(associations.get(arn) ?? [], entityOf);
      const principals = [...byEntity]
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .flatMap(([entity, own]) => {
          const latest = latestOf(own);
          if (latest === undefined || latest.status === 'DISASSOCIATED') return [];
          return {
            principal: canonicalPrincipal(entity),
            associatedEntity: entity,
            status: associationStatusOf(latest.status),
            changedAtMs: (latest.lastUpdatedTime ?? latest.creationTime)?.getTime() ?? observedAtMs,
            hasPendingInvitation: invited.some(({ shareArn, account }) => shareArn === arn && account === entity),
          };
        });
      return [arn, principals];
    }),
  );
}

async function observePermissions(
  target: Target,
  shareArns: readonly string[],
): Promise<ReadonlyMap<string, readonly ObservedPermission[]>> {
  const uses = shareArns.length > fewShares ? await listPermissionUses(target) : new Map<string, []>();
  const bodyOf = permissionBodiesOnce(target);
  const permissions = await mapInLanes(shareArns, laneCount, async (shareArn) => {
    const listed = (uses.get(shareArn) ?? []).filter(isForImages);
    if (listed.length === 0) return [shareArn, await permissionsOfShare(target, shareArn)] as const;
    const bodies = await mapInLanes(listed, 1, async (use) => ({
      permissionArn: required(use.arn, { operation: 'ListPermissionAssociations', item: shareArn }),
      featureSet: featureSetOf(use.featureSet),
      ...(await bodyOf(use, shareArn)),
    }));
    return [shareArn, bodies] as const;
  });
  return new Map(permissions);
}

async function permissionsOfShare(target: Target, shareArn: string): Promise<readonly ObservedPermission[]> {
  const summaries = (await listSharePermissions(target, shareArn)).filter(isForImages);
  return mapInLanes(summaries, 1, async (summary) => ({
    permissionArn: required(summary.arn, { operation: 'ListResourceSharePermissions', item: shareArn }),
    featureSet: featureSetOf(summary.featureSet),
    ...(await permissionBody(target, summary)),
  }));
}

function entityOf({ associatedEntity }: ResourceShareAssociation): string {
  return associatedEntity ?? '';
}

// RAM may list an association that has ended beside the one that came after it.
function latestOf(associations: readonly ResourceShareAssociation[]): ResourceShareAssociation | undefined {
  const live = associations.filter(({ status }) => status !== 'DISASSOCIATED');
  const candidates = live.length > 0 ? live : associations;
  return candidates.toSorted((left, right) => changeOf(left) - changeOf(right)).at(-1);
}

function changeOf({ lastUpdatedTime, creationTime }: ResourceShareAssociation): number {
  return (lastUpdatedTime ?? creationTime)?.getTime() ?? 0;
}

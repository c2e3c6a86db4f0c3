import type { ResourceShare, ResourceShareAssociation } from '@aws-sdk/client-ram';
import { GetImageCommand, GetImagePolicyCommand } from '@aws-sdk/client-imagebuilder';
import type { ImageArn } from '../domain/arn.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import type {
  GlimpsedImage,
  GlimpsedShare,
  ObservedImage,
  ObservedPrincipal,
  ObservedShare,
} from '../domain/observation.ts';
import { sameGrants } from '../domain/grants.ts';
import { rolloutTagKey } from '../domain/observation.ts';
import { emptyPolicy, policyGrants } from '../domain/policy.ts';
import { canonicalPrincipal } from '../domain/principal.ts';
import { shareGrants } from '../domain/shares.ts';
import type { AwsAccess, AwsCall } from './access.ts';
import type { AwsClients } from './clients.ts';
import type { ReadLists } from './gathered-lists.ts';
import { gatheredLists } from './gathered-lists.ts';
import { groupedBy } from './grouped.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { associationStatusOf, featureSetOf, shareStatusOf } from './ram-words.ts';
import type { Target } from './request.ts';
import { readImageBuilder, required } from './request.ts';
import { observePermissionsApart } from './share-permissions.ts';
import { listPendingInvitations, listSharesNamed } from './shares.ts';

// Reads of one operation that are under way at the same time; their pace is lowered where AWS asks for it.
const laneCount = 8;

/**
 * The shares of some images of one account and Region, in the order given: two calls for a hundred images. Each result
 * says when its read began.
 */
export async function glimpseImages(
  clients: AwsClients,
  access: AwsAccess,
  images: readonly ImageArn[],
  call: AwsCall,
  now: () => number,
): Promise<readonly GlimpsedImage[]> {
  const lists = gatheredLists({ clients, access, call });
  const observedAtMs = now();
  const arnsOf = await lists.sharesOfImages(images);
  const arns = [...new Set(images.flatMap((image) => arnsOf.get(image) ?? []))].sort();
  const known = await lists.shares(arns);
  requireEach(arns, known);
  return images.map((image) => {
    const own = arns.filter((arn) => arnsOf.get(image)?.includes(arn)).flatMap((arn) => known.get(arn) ?? []);
    return { image, observedAtMs, shares: own.filter(({ status }) => status !== 'DELETED').map(headOf) };
  });
}

/** Some shares by themselves, in whatever state. One that RAM does not know is left out. */
export async function glimpseShares(
  clients: AwsClients,
  access: AwsAccess,
  shareArns: readonly string[],
  call: AwsCall,
): Promise<readonly GlimpsedShare[]> {
  const lists = gatheredLists({ clients, access, call });
  // Each is asked for by itself, although they go out together with those of others: one that is unknown hides no other.
  const known = await Promise.all(
    shareArns.map(async (arn) => (await lists.shares([arn]).catch(noneWhereUnknown)).get(arn) ?? []),
  );
  return known.flat().map(headOf);
}

/** The shares of a name by themselves, in whatever state: also one that RAM is still making, which no list of an image has. */
export async function glimpseSharesNamed(
  clients: AwsClients,
  access: AwsAccess,
  name: string,
  call: AwsCall,
): Promise<readonly GlimpsedShare[]> {
  return (await listSharesNamed({ clients, access, call }, name)).map(headOf);
}

function noneWhereUnknown(error: unknown): ReadonlyMap<string, ResourceShare> {
  if (error instanceof AppError && error.code === 'aws-not-there-yet') return new Map();
  throw error;
}

/** How images are observed. */
export interface Observing {
  readonly isUndecided?: (image: ObservedImage) => boolean;
  readonly miss?: (image: ImageArn, error: AppError) => void;
}

function isForGood(error: unknown): error is AppError {
  return error instanceof AppError && errorCodes[error.code].retry === 'never';
}

/**
 * Everything about the access to some images of one account and Region that were just glimpsed, in their order. A policy
 * is a call of its own; shares are read together, a hundred a call. What was read of many together is relied on where
 * nothing is decided from it yet, as `isUndecided` says.
 *
 * Throws `image-gone` where an image does not exist; the error's item is its ARN. With `miss`, an image whose policy cannot
 * be read for good is told to it instead, and left out of the result.
 */
export async function observeImages(
  clients: AwsClients,
  access: AwsAccess,
  glimpses: readonly GlimpsedImage[],
  call: AwsCall,
  { isUndecided = () => false, miss }: Observing = {},
): Promise<readonly ObservedImage[]> {
  const target = { clients, access, call };
  const missed = new Set<ImageArn>();
  const policyOf = async ({ image }: GlimpsedImage): Promise<string | null> => {
    try {
      return await readPolicy(target, image);
    } catch (error) {
      if (miss === undefined || !isForGood(error)) throw error;
      missed.add(image);
      miss(image, error);
      return null;
    }
  };
  const [policies, contentOf] = await Promise.all([
    mapInLanes(glimpses, laneCount, policyOf),
    readContents(target, glimpses),
  ]);
  const observed = glimpses.flatMap((glimpse, index) => {
    if (missed.has(glimpse.image)) return [];
    const policy = policies[index] ?? null;
    return {
      ...glimpse,
      policy,
      policyGrants: policy === null ? [] : policyGrants(policy, access.account),
      shares: glimpse.shares
        .map((share) => ({ ...share, ...contentOf(share, glimpse) }))
        .filter(({ imageStatus }) => imageStatus !== 'DISASSOCIATED'),
    };
  });
  return withDoubtsSettled(target, observed, isUndecided);
}

/**
 * Where the policy says something else than its shares, what was read of many shares together is not relied on: each of
 * these is asked for its permissions by itself.
 */
async function withDoubtsSettled(
  target: Target,
  observed: readonly ObservedImage[],
  isUndecided: (image: ObservedImage) => boolean,
): Promise<readonly ObservedImage[]> {
  const isDoubtful = (image: ObservedImage): boolean =>
    image.shares.length > 0 &&
    !sameGrants(image.policyGrants, image.shares.flatMap(shareGrants)) &&
    !isUndecided(image);
  const arns = observed.filter(isDoubtful).flatMap(({ shares }) => shares.map(({ shareArn }) => shareArn));
  if (arns.length === 0) return observed;
  const apart = await observePermissionsApart(target, [...new Set(arns)]);
  return observed.map((image) => ({
    ...image,
    shares: image.shares.map((share) => ({ ...share, permissions: apart.get(share.shareArn) ?? share.permissions })),
  }));
}

/** The status of an image build, in Image Builder's own words (`AVAILABLE`). Throws `image-gone` where it is absent. */
export async function readImageStatus(
  clients: AwsClients,
  access: AwsAccess,
  image: ImageArn,
  call: AwsCall,
): Promise<string> {
  const target = { clients, access, call };
  return readStatus(target, image).catch((error: unknown) => whyHidden(target, image, error));
}

async function readStatus(target: Target, image: ImageArn): Promise<string> {
  const about = { operation: 'GetImage', item: image };
  const answer = await readImageBuilder(target, {
    ...about,
    send: (client) => client.send(new GetImageCommand({ imageBuildVersionArn: image })),
  });
  return required(answer.image?.state?.status, about);
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
    send: (client) => client.send(new GetImagePolicyCommand({ imageArn: image })),
  });
  const text = required(policy, about);
  return text.trim() === '' || text.replace(/\s/g, '') === emptyPolicy ? null : text;
}

/** What is in the shares, for whoever they were glimpsed for. */
async function readContents(
  target: Target,
  glimpses: readonly GlimpsedImage[],
): Promise<(share: GlimpsedShare, glimpse: GlimpsedImage) => Omit<ObservedShare, keyof GlimpsedShare>> {
  const lists = gatheredLists(target);
  const arns = [...new Set(glimpses.flatMap(({ shares }) => shares.map(({ shareArn }) => shareArn)))].sort();
  const [resources, principals, permissions] = await Promise.all([
    lists.resources(arns),
    readPrincipals(target, lists, arns),
    lists.permissions(arns),
  ]);
  return ({ shareArn }, { image, observedAtMs }) => ({
    ...placeOf(image, resources.get(shareArn) ?? []),
    principals: principals(shareArn, observedAtMs),
    permissions: permissions.get(shareArn) ?? [],
  });
}

// A share that one list names and the other leaves out may be a STANDARD one: to go on without it could overwrite it.
function requireEach(arns: readonly string[], known: ReadonlyMap<string, ResourceShare>): void {
  const missing = arns.find((arn) => !known.has(arn));
  if (missing === undefined) return;
  throw new AppError('aws-not-there-yet', `ListResources names ${missing}, which GetResourceShares does not show`, {
    item: missing,
  });
}

function headOf(share: ResourceShare): GlimpsedShare {
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

async function readPrincipals(
  target: Target,
  lists: ReadLists,
  shareArns: readonly string[],
): Promise<(shareArn: string, observedAtMs: number) => readonly ObservedPrincipal[]> {
  const associations = await lists.principals(shareArns);
  const undecided = shareArns.filter((arn) => associations.get(arn)?.some(({ status }) => status === 'ASSOCIATING'));
  const invited = await listPendingInvitations(target, undecided);
  return (arn, observedAtMs) =>
    [...groupedBy(associations.get(arn) ?? [], entityOf)]
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

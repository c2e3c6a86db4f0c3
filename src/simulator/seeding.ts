import type { Seed, SeededImage, SeededPermission, SeededShare } from './seed.ts';
import { parseImageArn } from './world/arns.ts';
import { invite, needsInvitation } from './world/invitations.ts';
import { attachPermission, createManagedPermission } from './world/permissions.ts';
import { placeOf } from './world/policy-document.ts';
import { permissionContent, principalOf, readPolicy } from './world/policy-statements.ts';
import { syncPolicyShares } from './world/policy-shares.ts';
import type { ImageRecord, ShareRecord } from './world/records.ts';
import { createShare, placePrincipal, placeResource } from './world/shares.ts';
import type { World } from './world/world.ts';

/** Adds a seed to the world, at once and without journal. Throws where it contradicts itself. */
export function plant(world: World, { images = [], permissions = [], shares = [] }: Seed): void {
  world.catchUp();
  for (const permission of permissions) plantPermission(world, permission);
  for (const image of images) plantImage(world, image);
  for (const share of shares) plantShare(world, share);
  world.noteAccess();
}

function plantPermission(world: World, { account, region, name, actions, condition }: SeededPermission): void {
  createManagedPermission(world, world.territory(account, region), name, permissionContent(actions, condition));
}

function plantImage(world: World, seeded: SeededImage): void {
  const parts = parseImageArn(seeded.arn);
  if (parts === undefined) throw new Error(`${seeded.arn} is no ARN of an image build.`);
  if (world.images.has(seeded.arn)) throw new Error(`The image ${seeded.arn} is seeded twice.`);
  const image: ImageRecord = {
    arn: seeded.arn,
    ...parts,
    status: seeded.status ?? 'AVAILABLE',
    dateCreated: seeded.dateCreated ?? new Date(world.instant).toISOString(),
    tags: new Map(Object.entries(seeded.tags ?? {})),
    launchPermission: seeded.launchPermission,
    shares: new Set(),
    accessHistory: [],
    behaviour: seeded.behaviour ?? {},
    ownStatements: [],
    overriding: undefined,
    putText: undefined,
  };
  world.addImage(image);
  if (seeded.policy !== undefined) plantPolicy(world, image, seeded.policy.replaceAll('${imageArn}', image.arn));
}

function plantPolicy(world: World, image: ImageRecord, policy: string): void {
  const reading = readPolicy(policy, placeOf(world, image));
  if (reading.kind === 'invalid') throw new Error(`The policy of ${image.arn} is invalid: ${reading.problem}.`);
  if (reading.kind !== 'statements') return;
  image.ownStatements = reading.statements;
  image.putText = policy;
  syncPolicyShares(world, image);
}

function plantShare(world: World, seeded: SeededShare): void {
  const images = seeded.images.map((arn) => seededImage(world, arn));
  const [first] = images;
  if (first === undefined) throw new Error('A seeded share names no image.');
  const share = createShare(world, {
    ...(seeded.arn !== undefined && { arn: seeded.arn }),
    name: seeded.name ?? 'seeded',
    owner: first.account,
    region: first.region,
    featureSet: seeded.featureSet ?? 'STANDARD',
    allowExternalPrincipals: seeded.allowExternalPrincipals ?? true,
    tags: Object.entries(seeded.tags ?? {}),
  });
  share.status = seeded.status ?? 'ACTIVE';
  attachPermission(world, share, seededPermission(world, first, seeded.permissionName));
  for (const image of images) placeResource(world, share, image, seeded.imageStatus ?? 'ASSOCIATED');
  for (const given of seeded.principals) plantPrincipal(world, share, given);
}

function plantPrincipal(world: World, share: ShareRecord, given: SeededShare['principals'][number]): void {
  const { id, status } = typeof given === 'string' ? { id: given, status: 'ASSOCIATED' as const } : given;
  const principal = principalOf(id);
  if (principal === undefined) throw new Error(`${id} is no principal of a share.`);
  placePrincipal(world, share, principal, status);
  if (status === 'ASSOCIATING' && needsInvitation(world, share, principal)) invite(world, share, principal);
}

function seededImage(world: World, arn: string): ImageRecord {
  const image = world.images.get(arn);
  if (image === undefined) throw new Error(`The seeded share names ${arn}, which is not seeded.`);
  return image;
}

function seededPermission(world: World, { account, region }: ImageRecord, name: string | undefined) {
  const { defaultPermission, permissions } = world.territory(account, region);
  if (name === undefined) return defaultPermission;
  const found = [...permissions.values()].find((permission) => permission.name === name);
  if (found === undefined) throw new Error(`The permission ${name} is not seeded.`);
  return found;
}

import { groupedBy } from '../grouped-by.ts';
import { attachPermission, createPolicyPermission, managedPermissionEqualTo } from './permissions.ts';
import { endAs } from './association-ends.ts';
import { accountOf } from './audience.ts';
import { createShare, placePrincipal, placeResource, removeShare, sharesCovering } from './shares.ts';
import type { ImageRecord, OwnStatement, PermissionContent, ShareRecord } from './records.ts';
import { isLive } from './records.ts';
import type { World } from './world.ts';

/** Lets RAM bring the unpromoted shares of an image in line with its policy, as far as the profile has it do so. */
export function syncPolicyShares(world: World, image: ImageRecord): void {
  const existing = sharesCovering(image).filter(({ featureSet }) => featureSet === 'CREATED_FROM_POLICY');
  const groups = shareGroups(world, image);
  const [oldest] = existing;
  if (oldest !== undefined && groups.length > 0 && world.behaviour.putOverUnpromoted === 'share-stays-stale') {
    for (const own of groups.flat()) own.share ??= oldest;
    return;
  }
  if (groups.length === 0 && world.behaviour.erasedShare === 'stays') return;
  if (image.behaviour.share === 'never-appears') return;
  for (const [index, group] of groups.entries()) {
    const share = existing[index] ?? newPolicyShare(world, image);
    follow(world, share, image, group);
  }
  for (const surplus of existing.slice(groups.length)) removeShare(world, surplus);
}

/** The permission of a share made from a policy: a managed one that equals it, or one of its own. */
export function permissionForPolicy(
  world: World,
  image: ImageRecord,
  content: PermissionContent,
): ShareRecord['permission'] {
  const territory = world.territory(image.account, image.region);
  return (
    managedPermissionEqualTo(territory, content, { withDefault: isDefaultMatched(world, image) }) ??
    createPolicyPermission(world, territory, content)
  );
}

/** Whether AWS's permission counts as equal to the pair GetImage + ListImages. */
export function isDefaultMatched(world: World, image: ImageRecord): boolean {
  return world.behaviour.defaultPairMatches === 'yes' && image.behaviour.permission !== 'unmatched';
}

/** Whether nobody but the image's owner is named. */
export function isForOwnerAlone(image: ImageRecord, statements: readonly OwnStatement[]): boolean {
  return statements.every(({ principals }) => principals.every((id) => accountOf(id) === image.account));
}

function shareGroups(world: World, image: ImageRecord): readonly (readonly OwnStatement[])[] {
  const open = image.ownStatements.filter(
    ({ share, principals }) => share?.featureSet !== 'PROMOTING_TO_STANDARD' && principals.length > 0,
  );
  const shareable =
    world.behaviour.ownerOnlyPolicy === 'share' ? open : open.filter((own) => !isForOwnerAlone(image, [own]));
  if (world.behaviour.severalStatements === 'several-shares') return shareable.map((own) => [own]);
  // A share has one permission for images, so other actions make another share in any case.
  const byContent = groupedBy(shareable, ({ content }) => content.key);
  return [...byContent.values()];
}

function newPolicyShare(world: World, image: ImageRecord): ShareRecord {
  const share = createShare(world, {
    name: `Created from policy of ${image.name} ${image.version}-${image.build}`,
    owner: image.account,
    region: image.region,
    featureSet: 'CREATED_FROM_POLICY',
    allowExternalPrincipals: world.behaviour.autoShareExternalPrincipals === 'allowed',
  });
  placeResource(world, share, image, 'ASSOCIATED');
  return share;
}

function follow(world: World, share: ShareRecord, image: ImageRecord, group: readonly OwnStatement[]): void {
  const [first] = group;
  if (first === undefined) return;
  if (share.permission?.content.key !== first.content.key) {
    attachPermission(world, share, permissionForPolicy(world, image, first.content));
  }
  const wanted = new Set(group.flatMap(({ principals }) => principals));
  for (const association of share.principals.values()) {
    if (isLive(association) && !wanted.has(association.entity)) endAs(world, association);
  }
  for (const principal of wanted) {
    const known = share.principals.get(principal);
    if (known === undefined || !isLive(known)) placePrincipal(world, share, principal, 'ASSOCIATED');
  }
  for (const own of group) own.share = share;
  share.updatedAt = world.instant;
  world.touchShare(share);
}

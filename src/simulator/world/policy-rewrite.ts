import { attachPermission } from './permissions.ts';
import { permissionForPolicy } from './policy-shares.ts';
import { associatePrincipal, disassociate } from './shares.ts';
import type { ImageRecord, OwnStatement, ShareRecord } from './records.ts';
import { isLive } from './records.ts';
import type { World } from './world.ts';

/** Changes a STANDARD share of one image so that it says what was put over it. */
export function rewriteShare(world: World, share: ShareRecord, statements: readonly OwnStatement[]): void {
  const image = onlyImageOf(world, share);
  const [first] = statements;
  if (first !== undefined && image !== undefined && share.permission?.content.key !== first.content.key) {
    attachPermission(world, share, permissionForPolicy(world, image, first.content));
  }
  const wanted = new Set(statements.flatMap(({ principals }) => principals));
  for (const principal of wanted) associatePrincipal(world, share, principal);
  for (const association of share.principals.values()) {
    if (isLive(association) && !wanted.has(association.entity)) disassociate(world, share, association);
  }
}

function onlyImageOf(world: World, share: ShareRecord): ImageRecord | undefined {
  const [arn] = share.resources.keys();
  return arn === undefined ? undefined : world.images.get(arn);
}

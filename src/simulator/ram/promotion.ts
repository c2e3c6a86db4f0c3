import { ramError } from '../aws-error.ts';
import { effectOf } from '../operation.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { createManagedPermission, managedPermissionEqualTo } from '../world/permissions.ts';
import { imagesOf, promoteShare, requirePromotable, statementsOf } from '../world/promotion.ts';
import { isDefaultMatched } from '../world/policy-shares.ts';
import type { World } from '../world/world.ts';
import { knownPermission, ownShare, ramWrite, requiredText, territoryOf } from './requests.ts';
import { permissionSummary } from './shapes.ts';

/** The two promotions of what RAM made from a policy. */
export const promotionOperations: readonly Operation[] = [
  ramWrite('PromoteResourceShareCreatedFromPolicy', promoteResourceShare, { takesToken: false }),
  ramWrite('PromotePermissionCreatedFromPolicy', promotePermission),
];

function promoteResourceShare(world: World, call: Call): Outcome {
  const share = ownShare(world, call, requiredText(call, 'resourceShareArn'));
  return { body: { returnValue: true }, effect: effectOf(promoteShare(world, share)) };
}

function promotePermission(world: World, call: Call): Outcome {
  const name = requiredText(call, 'name');
  const source = knownPermission(world, call, requiredText(call, 'permissionArn'));
  if (source.featureSet !== 'CREATED_FROM_POLICY') {
    throw ramError('OperationNotPermittedException', 'The permission was not created from a policy.');
  }
  const territory = territoryOf(world, call);
  const images = [...source.shares].flatMap((share) => imagesOf(world, share));
  requirePromotable(
    world,
    [...source.shares].flatMap((share) => statementsOf(images, share)),
  );
  const withDefault = images.every((image) => isDefaultMatched(world, image));
  const alreadyHeld = managedPermissionEqualTo(territory, source.content, { withDefault }) !== undefined;
  const permission = createManagedPermission(world, territory, name, source.content);
  return { body: { permission: permissionSummary(permission) }, effect: effectOf({ alreadyHeld }) };
}

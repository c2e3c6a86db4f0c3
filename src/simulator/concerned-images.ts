import type { JsonObject } from './json.ts';
import { isTexts } from './parameters.ts';
import { findPermission } from './world/permissions.ts';
import type { ShareRecord } from './world/records.ts';
import type { World } from './world/world.ts';

/** The images that a call is about: those it names, and those of the shares, invitations and permissions it names. */
export function concernedImages(
  world: World,
  {
    account,
    region,
    parameters,
  }: { readonly account: string; readonly region: string; readonly parameters: JsonObject },
): readonly string[] {
  const images = new Set<string>();
  for (const name of ['imageArn', 'imageBuildVersionArn', 'resourceArn', 'resourceArns']) {
    for (const arn of listOf(parameters[name])) if (arn.includes(':image/')) images.add(arn);
  }
  const shares = new Set<ShareRecord | undefined>();
  for (const name of ['resourceShareArn', 'resourceShareArns']) {
    for (const arn of listOf(parameters[name])) shares.add(world.shares.get(arn));
  }
  for (const arn of listOf(parameters['resourceShareInvitationArn'])) shares.add(world.invitations.get(arn)?.share);
  for (const arn of listOf(parameters['permissionArn'])) {
    // A managed permission may serve every image there is; one that was made from a policy serves that image.
    const permission = findPermission(world.territory(account, region), arn);
    if (permission?.featureSet === 'CREATED_FROM_POLICY') for (const share of permission.shares) shares.add(share);
  }
  for (const share of shares) for (const arn of share?.resources.keys() ?? []) images.add(arn);
  return [...images];
}

function listOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return isTexts(value) ? value : [];
}

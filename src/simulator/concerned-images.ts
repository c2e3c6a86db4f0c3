import type { JsonObject } from './json.ts';
import { isTexts } from './parameters.ts';
import { findPermission } from './world/permissions.ts';
import type { ShareRecord } from './world/records.ts';
import type { World } from './world/world.ts';

interface NamingCall {
  readonly account: string;
  readonly region: string;
  readonly parameters: JsonObject;
}

/** The images that a call is about: those it names, and those of the shares, invitations and permissions it names. */
export function concernedImages(world: World, call: NamingCall): readonly string[] {
  const { parameters } = call;
  const arns = namedIn(parameters, 'imageArn', 'imageBuildVersionArn', 'resourceArn', 'resourceArns');
  const images = arns.filter((arn) => arn.includes(':image/'));
  const shared = concernedShares(world, call).flatMap((share) => [...(share?.resources.keys() ?? [])]);
  return [...new Set([...images, ...shared])];
}

function concernedShares(
  world: World,
  { account, region, parameters }: NamingCall,
): readonly (ShareRecord | undefined)[] {
  const permissions = namedIn(parameters, 'permissionArn').map((arn) =>
    findPermission(world.territory(account, region), arn),
  );
  return [
    ...namedIn(parameters, 'resourceShareArn', 'resourceShareArns').map((arn) => world.shares.get(arn)),
    ...namedIn(parameters, 'resourceShareInvitationArn').map((arn) => world.invitations.get(arn)?.share),
    // A managed permission may serve every image there is; one that was made from a policy serves that image.
    ...permissions.flatMap((permission) =>
      permission?.featureSet === 'CREATED_FROM_POLICY' ? [...permission.shares] : [],
    ),
  ];
}

function namedIn(parameters: JsonObject, ...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const value = parameters[name];
    if (typeof value === 'string') return [value];
    return isTexts(value) ? value : [];
  });
}

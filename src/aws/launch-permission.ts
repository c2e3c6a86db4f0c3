import { GetImageCommand } from '@aws-sdk/client-imagebuilder';
import type { ImageArn } from '../domain/arn.ts';
import type { LaunchPermission } from '../domain/launch-permission.ts';
import { canonicalPrincipal } from '../domain/principal.ts';
import type { Target } from './request.ts';
import { readImageBuilder } from './request.ts';

/**
 * Who may launch the AMI of an image, as GetImage tells of its distribution; null where it has none for the image's own
 * Region, the only one in which an image is shared.
 */
export async function readLaunchPermission(target: Target, image: ImageArn): Promise<LaunchPermission | null> {
  const answer = await readImageBuilder(target, {
    operation: 'GetImage',
    item: image,
    send: (client) => client.send(new GetImageCommand({ imageBuildVersionArn: image })),
  });
  const distributions = answer.image?.distributionConfiguration?.distributions ?? [];
  const own = distributions.find(({ region }) => region === target.access.region)?.amiDistributionConfiguration;
  if (own === undefined) return null;
  const { launchPermission = {}, targetAccountIds = [] } = own;
  const { userIds = [], userGroups = [], organizationArns = [], organizationalUnitArns = [] } = launchPermission;
  return {
    isPublic: userGroups.includes('all'),
    accounts: [...userIds, ...targetAccountIds],
    organizations: [...organizationArns, ...organizationalUnitArns].map(canonicalPrincipal),
  };
}

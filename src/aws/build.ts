import type { AmiDistributionConfiguration } from '@aws-sdk/client-imagebuilder';
import { GetImageCommand } from '@aws-sdk/client-imagebuilder';
import type { ImageArn } from '../domain/arn.ts';
import type { LaunchPermission } from '../domain/launch-permission.ts';
import { canonicalPrincipal } from '../domain/principal.ts';
import type { Target } from './request.ts';
import { readImageBuilder } from './request.ts';

/** An image build by itself. */
export interface Build {
  /** In Image Builder's own words (`AVAILABLE`); null where it shows no such image. */
  readonly status: string | null;
  /**
   * Who may launch its AMI, as its distribution says; null where it has none for the image's own Region, the only one in
   * which an image is shared.
   */
  readonly launchPermission: LaunchPermission | null;
}

/** What GetImage tells of an image build. */
export async function readBuild(target: Target, image: ImageArn): Promise<Build> {
  const answer = await readImageBuilder(target, {
    operation: 'GetImage',
    item: image,
    send: (client) => client.send(new GetImageCommand({ imageBuildVersionArn: image })),
  });
  const distributions = answer.image?.distributionConfiguration?.distributions ?? [];
  const own = distributions.find(({ region }) => region === target.access.region)?.amiDistributionConfiguration;
  return {
    status: answer.image?.state?.status ?? null,
    launchPermission: own === undefined ? null : launchPermissionOf(own),
  };
}

function launchPermissionOf(own: AmiDistributionConfiguration): LaunchPermission {
  const { launchPermission = {}, targetAccountIds = [] } = own;
  const { userIds = [], userGroups = [], organizationArns = [], organizationalUnitArns = [] } = launchPermission;
  return {
    isPublic: userGroups.includes('all'),
    accounts: [...userIds, ...targetAccountIds],
    organizations: [...organizationArns, ...organizationalUnitArns].map(canonicalPrincipal),
  };
}

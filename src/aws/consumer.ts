import { ListImageBuildVersionsCommand } from '@aws-sdk/client-imagebuilder';
import { ListResourcesCommand } from '@aws-sdk/client-ram';
import type { ImageArn } from '../domain/arn.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { AppError } from '../domain/errors.ts';
import type { ConsumerView } from '../domain/visibility.ts';
import type { AwsAccess, AwsCall } from './access.ts';
import type { AwsClients } from './clients.ts';
import { allPages } from './paginate.ts';
import { imageResourceType } from './permissions.ts';
import type { Target } from './request.ts';
import { readImageBuilder, readRam } from './request.ts';

/**
 * Whether a consumer finds an image: Image Builder lists this build to it, and RAM lists this ARN among what others share
 * with it. `access` is the consumer's. (GetImage would answer before promotion too: it proves access, not visibility.)
 */
export async function consumerView(
  clients: AwsClients,
  access: AwsAccess,
  image: ImageArn,
  call: AwsCall,
): Promise<ConsumerView> {
  const target = { clients, access, call };
  const ofImageBuilder = await viewBy(() => isBuildListed(target, image));
  return ofImageBuilder === 'VISIBLE' ? viewBy(() => isResourceListed(target, image)) : ofImageBuilder;
}

/** Makes one of the two reads of {@link consumerView}, without an image. */
export async function listSharedOnce(target: Target): Promise<void> {
  await readRam(target, {
    operation: 'ListResources',
    item: `what others share with ${target.access.account}`,
    send: (client) =>
      client.send(new ListResourcesCommand({ resourceOwner: 'OTHER-ACCOUNTS', resourceType: imageResourceType })),
  });
}

// Image Builder has no documented answer for an image that is hidden: these all mean that it does not show it.
const hiddenCodes = new Set<ErrorCode>(['image-gone', 'aws-not-found', 'aws-request-invalid', 'aws-not-there-yet']);

async function viewBy(isListed: () => Promise<boolean>): Promise<ConsumerView> {
  try {
    return (await isListed()) ? 'VISIBLE' : 'NOT_VISIBLE';
  } catch (error) {
    if (error instanceof AppError && error.code === 'aws-access-denied') return 'DENIED';
    if (error instanceof AppError && hiddenCodes.has(error.code)) return 'NOT_VISIBLE';
    throw error;
  }
}

async function isBuildListed(target: Target, image: ImageArn): Promise<boolean> {
  const imageVersionArn = image.slice(0, image.lastIndexOf('/'));
  const builds = await allPages(async (nextToken) => {
    const page = await readImageBuilder(target, {
      operation: 'ListImageBuildVersions',
      item: image,
      send: (client) => client.send(new ListImageBuildVersionsCommand({ imageVersionArn, nextToken })),
    });
    return { items: page.imageSummaryList, nextToken: page.nextToken };
  });
  return builds.some(({ arn }) => arn === image);
}

async function isResourceListed(target: Target, image: ImageArn): Promise<boolean> {
  const resources = await allPages(async (nextToken) => {
    const page = await readRam(target, {
      operation: 'ListResources',
      item: image,
      send: (client) =>
        client.send(new ListResourcesCommand({ resourceOwner: 'OTHER-ACCOUNTS', resourceArns: [image], nextToken })),
    });
    return { items: page.resources, nextToken: page.nextToken };
  });
  return resources.some(({ arn }) => arn === image);
}

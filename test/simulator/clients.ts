import {
  GetImagePolicyCommand,
  ImagebuilderClient,
  ListImageBuildVersionsCommand,
  ListImagesCommand,
  PutImagePolicyCommand,
} from '@aws-sdk/client-imagebuilder';
import {
  AssociateResourceShareCommand,
  DisassociateResourceShareCommand,
  GetResourceShareAssociationsCommand,
  GetResourceSharesCommand,
  ListResourcesCommand,
  PromoteResourceShareCreatedFromPolicyCommand,
  RAMClient,
} from '@aws-sdk/client-ram';
import type { ResourceShare } from '@aws-sdk/client-ram';
import { STSClient } from '@aws-sdk/client-sts';
import { aPolicy, clientConfig } from '../support/simulator.ts';

/** The three clients of the AWS SDK of one account. */
export type Clients = ReturnType<typeof clientsOf>;

/** An address of a simulator. */
type Addressed = { readonly url: string };

export function clientsOf({ url }: Addressed, as: { readonly account?: string; readonly region?: string } = {}) {
  const config = clientConfig(url, as);
  return { images: new ImagebuilderClient(config), ram: new RAMClient(config), sts: new STSClient(config) };
}

export async function put(
  { images }: Clients,
  imageArn: string,
  principals: readonly string[],
  actions?: readonly string[],
): Promise<void> {
  await putText({ images }, imageArn, aPolicy(imageArn, principals, actions));
}

export async function putText({ images }: Pick<Clients, 'images'>, imageArn: string, policy: string): Promise<void> {
  await images.send(new PutImagePolicyCommand({ imageArn, policy }));
}

export async function policyOf({ images }: Clients, imageArn: string): Promise<string | undefined> {
  return (await images.send(new GetImagePolicyCommand({ imageArn }))).policy;
}

/** The ARNs of the live shares of an image, as its owner finds them. */
export async function shareArnsOf({ ram }: Clients, imageArn: string): Promise<readonly string[]> {
  const { resources = [] } = await ram.send(
    new ListResourcesCommand({ resourceOwner: 'SELF', resourceArns: [imageArn] }),
  );
  return resources.map(({ resourceShareArn = '' }) => resourceShareArn);
}

export async function onlyShareArnOf(clients: Clients, imageArn: string): Promise<string> {
  const [arn, ...others] = await shareArnsOf(clients, imageArn);
  if (arn === undefined || others.length > 0) throw new Error(`${imageArn} is not in exactly one share`);
  return arn;
}

export async function shareAt({ ram }: Clients, arn: string): Promise<ResourceShare> {
  const { resourceShares } = await ram.send(
    new GetResourceSharesCommand({ resourceOwner: 'SELF', resourceShareArns: [arn] }),
  );
  const [share] = resourceShares ?? [];
  if (share === undefined) throw new Error(`There is no share ${arn}`);
  return share;
}

export async function promote({ ram }: Clients, resourceShareArn: string): Promise<boolean | undefined> {
  return (await ram.send(new PromoteResourceShareCreatedFromPolicyCommand({ resourceShareArn }))).returnValue;
}

/** Puts a policy for the principals and promotes what comes of it; answers the ARN of the STANDARD share. */
export async function shareByPolicy(
  clients: Clients,
  imageArn: string,
  principals: readonly string[],
): Promise<string> {
  await put(clients, imageArn, principals);
  await promote(clients, await onlyShareArnOf(clients, imageArn));
  return onlyShareArnOf(clients, imageArn);
}

export async function associate({ ram }: Clients, resourceShareArn: string, principals: string[]): Promise<void> {
  await ram.send(new AssociateResourceShareCommand({ resourceShareArn, principals }));
}

export async function disassociate({ ram }: Clients, resourceShareArn: string, principals: string[]): Promise<void> {
  await ram.send(new DisassociateResourceShareCommand({ resourceShareArn, principals }));
}

/** The statuses of the principals of a share by their ids. */
export async function principalsOf({ ram }: Clients, shareArn: string): Promise<Readonly<Record<string, string>>> {
  const { resourceShareAssociations = [] } = await ram.send(
    new GetResourceShareAssociationsCommand({ associationType: 'PRINCIPAL', resourceShareArns: [shareArn] }),
  );
  return Object.fromEntries(
    resourceShareAssociations.map(({ associatedEntity = '', status = '' }) => [associatedEntity, status]),
  );
}

/** What a consumer's lists show: versions from ListImages, builds of the image's version. */
export async function listsOf({ images }: Clients, imageArn: string) {
  const { imageVersionList = [] } = await images.send(new ListImagesCommand({ owner: 'Shared' }));
  const imageVersionArn = imageArn.slice(0, imageArn.lastIndexOf('/'));
  const { imageSummaryList = [] } = await images.send(new ListImageBuildVersionsCommand({ imageVersionArn }));
  return {
    versions: imageVersionList.map(({ arn }) => arn),
    builds: imageSummaryList.map(({ arn }) => arn),
  };
}

import { GetImageCommand } from '@aws-sdk/client-imagebuilder';
import { GetResourceSharesCommand, ListPrincipalsCommand, ListResourcesCommand } from '@aws-sdk/client-ram';
import { expect, it } from 'vitest';
import { aSimulator, anImageArn } from '../support/simulator.ts';
import { clientsOf, listsOf, put, shareByPolicy } from './clients.ts';
import type { Clients } from './clients.ts';

const imageArn = anImageArn();
const seed = { images: [{ arn: imageArn }] };
const [consumer, stranger] = ['222222222222', '333333333333'];

it('7.1 lets a consumer read an unpromoted image by ARN, and list it nowhere', async () => {
  const simulator = await aSimulator({ seed });

  await put(clientsOf(simulator), imageArn, [consumer]);

  const reader = clientsOf(simulator, { account: consumer });
  await expect(read(reader)).resolves.toBe(imageArn);
  expect(await listsOf(reader, imageArn)).toEqual({ versions: [], builds: [] });
  expect(await ramListsOf(reader)).toEqual({ shares: [], resources: [], principals: [] });
});

it('7.2 lets a consumer find a promoted image', async () => {
  const simulator = await aSimulator({ seed });

  const shareArn = await shareByPolicy(clientsOf(simulator), imageArn, [consumer]);

  const reader = clientsOf(simulator, { account: consumer });
  expect(await listsOf(reader, imageArn)).toEqual({ versions: [imageArn.slice(0, -2)], builds: [imageArn] });
  expect(await ramListsOf(reader)).toEqual({ shares: [shareArn], resources: [imageArn], principals: [consumer] });
});

it('7.3 hides an image from everybody else', async () => {
  const simulator = await aSimulator({ seed });

  await shareByPolicy(clientsOf(simulator), imageArn, [consumer]);

  const reader = clientsOf(simulator, { account: stranger });
  await expect(read(reader)).rejects.toMatchObject({ name: 'ForbiddenException' });
  expect(await listsOf(reader, imageArn)).toEqual({ versions: [], builds: [] });
  expect(await ramListsOf(reader)).toEqual({ shares: [], resources: [], principals: [] });
});

it('7.4 shares with the members of an organisation', async () => {
  const organization = { id: 'o-company', managementAccount: '999999999999', members: ['111111111111', consumer] };
  const principals = ['arn:aws:organizations::999999999999:organization/o-company'];
  const shares = [{ images: [imageArn], principals }];
  const simulator = await aSimulator({ seed: { ...seed, shares }, settings: { organization } });

  const [member, other] = [clientsOf(simulator, { account: consumer }), clientsOf(simulator, { account: stranger })];

  expect((await listsOf(member, imageArn)).builds).toEqual([imageArn]);
  expect((await listsOf(other, imageArn)).builds).toEqual([]);
  await expect(read(other)).rejects.toMatchObject({ name: 'ForbiddenException' });
});

async function read({ images }: Clients): Promise<string | undefined> {
  return (await images.send(new GetImageCommand({ imageBuildVersionArn: imageArn }))).image?.arn;
}

async function ramListsOf({ ram }: Clients) {
  const resourceOwner = 'OTHER-ACCOUNTS';
  const { resourceShares = [] } = await ram.send(new GetResourceSharesCommand({ resourceOwner }));
  const { resources = [] } = await ram.send(new ListResourcesCommand({ resourceOwner, resourceArns: [imageArn] }));
  const { principals = [] } = await ram.send(new ListPrincipalsCommand({ resourceOwner }));
  return {
    shares: resourceShares.map(({ resourceShareArn }) => resourceShareArn),
    resources: resources.map(({ arn }) => arn),
    principals: principals.map(({ id }) => id),
  };
}

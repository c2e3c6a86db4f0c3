import {
  AssociateResourceShareCommand,
  AssociateResourceSharePermissionCommand,
  CreatePermissionCommand,
  CreateResourceShareCommand,
  DeleteResourceShareCommand,
  DisassociateResourceShareCommand,
  GetResourcePoliciesCommand,
  GetResourceShareAssociationsCommand,
  GetResourceSharesCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ram';
import { expect, it } from 'vitest';
import { aSimulator, anImageArn } from '../support/simulator.ts';
import {
  associate,
  clientsOf,
  disassociate,
  onlyShareArnOf,
  policyOf,
  principalsOf,
  shareArnsOf,
  shareAt,
} from './clients.ts';
import type { Clients } from './clients.ts';

const imageArn = anImageArn();
const [consumer, other, third] = ['222222222222', '333333333333', '444444444444'];
const seed = { images: [{ arn: imageArn }], shares: [{ images: [imageArn], principals: [consumer] }] };

it('4.1 makes a STANDARD share and associates its members in time', async () => {
  const images = [{ arn: imageArn }];
  const simulator = await aSimulator({ seed: { images }, settings: { associationLagMs: 60_000 } });
  const clients = clientsOf(simulator);

  const arn = await createShare(clients, { resourceArns: [imageArn], principals: [consumer] });
  const before = await principalsOf(clients, arn);
  simulator.advance(60_000);

  expect((await shareAt(clients, arn)).featureSet).toBe('STANDARD');
  expect(before).toEqual({ [consumer]: 'ASSOCIATING' });
  expect(await principalsOf(clients, arn)).toEqual({ [consumer]: 'ASSOCIATED' });
});

it('4.2 merges all shares of an image into its policy', async () => {
  const clients = clientsOf(await aSimulator({ seed }));

  await createShare(clients, { resourceArns: [imageArn], principals: [other] });

  const policy: unknown = JSON.parse((await policyOf(clients, imageArn)) ?? '');
  const AWS = [`arn:aws:iam::${consumer}:root`, `arn:aws:iam::${other}:root`];
  expect(policy).toMatchObject({ Statement: [{ Principal: { AWS } }] });
});

it('4.3 lets principals join a share', async () => {
  const simulator = await aSimulator({ seed });
  const clients = clientsOf(simulator);

  await associate(clients, await onlyShareArnOf(clients, imageArn), [other]);

  expect(simulator.image(imageArn)).toMatchObject({ access: [consumer, other], sees: [consumer, other] });
});

it('4.4 lets principals leave a share, with access until they are out', async () => {
  const simulator = await aSimulator({ seed, settings: { associationLagMs: 60_000 } });
  const clients = clientsOf(simulator);
  const arn = await onlyShareArnOf(clients, imageArn);

  await disassociate(clients, arn, [consumer]);
  const during = { principals: await principalsOf(clients, arn), access: simulator.image(imageArn)?.access };
  simulator.advance(60_000);

  expect(during).toEqual({ principals: { [consumer]: 'DISASSOCIATING' }, access: [consumer] });
  expect(await principalsOf(clients, arn)).toEqual({ [consumer]: 'DISASSOCIATED' });
  expect(simulator.image(imageArn)?.access).toEqual([]);
});

it('4.5 changes nothing where the principal is associated already', async () => {
  const simulator = await aSimulator({ seed });
  const clients = clientsOf(simulator);
  const resourceShareArn = await onlyShareArnOf(clients, imageArn);

  const answer = await clients.ram.send(
    new AssociateResourceShareCommand({ resourceShareArn, principals: [consumer] }),
  );

  expect(answer.resourceShareAssociations).toMatchObject([{ associatedEntity: consumer, status: 'ASSOCIATED' }]);
  expect(simulator.journal().at(-1)).toMatchObject({ effect: false, alreadyHeld: true });
});

it('4.6 knows no association of a stranger', async () => {
  const clients = clientsOf(await aSimulator({ seed }));
  const arn = await onlyShareArnOf(clients, imageArn);

  await expect(disassociate(clients, arn, [other])).rejects.toMatchObject({ name: 'UnknownResourceException' });
});

it('4.7 deletes a share in two steps and lists it for two hours', async () => {
  const simulator = await aSimulator({ seed, settings: { associationLagMs: 60_000 } });
  const clients = clientsOf(simulator);
  const resourceShareArn = await onlyShareArnOf(clients, imageArn);

  const { returnValue } = await clients.ram.send(new DeleteResourceShareCommand({ resourceShareArn }));
  const during = (await shareAt(clients, resourceShareArn)).status;
  simulator.advance(60_000);

  expect(returnValue).toBe(true);
  expect(during).toBe('DELETING');
  expect((await shareAt(clients, resourceShareArn)).status).toBe('DELETED');
  expect(simulator.image(imageArn)?.access).toEqual([]);
  simulator.advance(7_200_001);
  await expect(shareAt(clients, resourceShareArn)).rejects.toMatchObject({ name: 'UnknownResourceException' });
});

it('4.8 takes at most 100 resources in a call', async () => {
  const arns = Array.from({ length: 101 }, (_, build) => anImageArn({ name: 'many', build }));
  const images = arns.map((arn) => ({ arn }));
  const clients = clientsOf(await aSimulator({ seed: { images } }));

  await createShare(clients, { resourceArns: arns.slice(1) });
  await expect(createShare(clients, { resourceArns: arns })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});

it('4.9 has one effect for one client token', async () => {
  const simulator = await aSimulator({ seed });
  const { ram } = clientsOf(simulator);
  const request = { name: 'mine', principals: [other], resourceArns: [imageArn], clientToken: 'one' };

  const first = await ram.send(new CreateResourceShareCommand(request));
  const again = await ram.send(new CreateResourceShareCommand(request));
  const changed = ram.send(new CreateResourceShareCommand({ ...request, name: 'other' }));

  expect(again.resourceShare).toEqual(first.resourceShare);
  expect(again.clientToken).toBe('one');
  await expect(changed).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
  expect(simulator.image(imageArn)?.shares).toHaveLength(2);
  expect(simulator.journal().map(({ effect }) => effect)).toEqual([true, false, false]);
});

it('4.10 finds shares by their tags', async () => {
  const clients = clientsOf(await aSimulator({ seed }));
  const { ram } = clients;
  const resourceShareArn = await onlyShareArnOf(clients, imageArn);
  const tags = [
    { key: 'rollout', value: 'golden' },
    { key: 'stage', value: 'beta' },
  ];
  const found = async (tagKey: string, tagValues: string[]) => {
    const tagFilters = [{ tagKey, tagValues }];
    return (await ram.send(new GetResourceSharesCommand({ resourceOwner: 'SELF', tagFilters }))).resourceShares;
  };

  await ram.send(new TagResourceCommand({ resourceShareArn, tags }));
  await ram.send(new UntagResourceCommand({ resourceShareArn, tagKeys: ['stage'] }));

  expect(await found('rollout', ['golden'])).toMatchObject([{ resourceShareArn, tags: tags.slice(0, 1) }]);
  expect(await found('rollout', ['silver'])).toEqual([]);
  expect(await found('stage', [])).toEqual([]);
});

it('4.11 keeps an image shared that is set to refuse unsharing', async () => {
  const images = [{ arn: imageArn, behaviour: { unsharing: 'refused' as const } }];
  const clients = clientsOf(await aSimulator({ seed: { ...seed, images } }));
  const resourceShareArn = await onlyShareArnOf(clients, imageArn);
  const removal = new DisassociateResourceShareCommand({ resourceShareArn, resourceArns: [imageArn] });

  await expect(clients.ram.send(removal)).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
  await expect(clients.ram.send(new DeleteResourceShareCommand({ resourceShareArn }))).rejects.toMatchObject({
    name: 'OperationNotPermittedException',
  });
});

it('4.12 refuses to look for a resource among principals, and the reverse', async () => {
  const { ram } = clientsOf(await aSimulator({ seed }));
  const resourceAmongPrincipals = { associationType: 'PRINCIPAL' as const, resourceArn: imageArn };
  const principalAmongResources = { associationType: 'RESOURCE' as const, principal: consumer };

  await expect(ram.send(new GetResourceShareAssociationsCommand(resourceAmongPrincipals))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await expect(ram.send(new GetResourceShareAssociationsCommand(principalAmongResources))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});

it('4.13 answers the policies of what is shared', async () => {
  const unshared = anImageArn({ name: 'unshared' });
  const images = [...seed.images, { arn: unshared }];
  const clients = clientsOf(await aSimulator({ seed: { ...seed, images } }));
  const policies = async (...resourceArns: string[]) =>
    (await clients.ram.send(new GetResourcePoliciesCommand({ resourceArns }))).policies;

  expect(await policies(imageArn, unshared)).toEqual([await policyOf(clients, imageArn)]);
  await expect(policies(anImageArn({ build: 9 }))).rejects.toMatchObject({ name: 'ResourceArnNotFoundException' });
});

it('4.14 grants what the permission of the share allows', async () => {
  const simulator = await aSimulator({ seed });
  const clients = clientsOf(simulator);
  const resourceShareArn = await onlyShareArnOf(clients, imageArn);
  const policyTemplate = JSON.stringify({ Effect: 'Allow', Action: ['imagebuilder:GetImage'] });
  const creation = new CreatePermissionCommand({ name: 'get', resourceType: 'imagebuilder:Image', policyTemplate });
  const { permission } = await clients.ram.send(creation);
  const change = { resourceShareArn, permissionArn: permission?.arn };

  const beside = clients.ram.send(new AssociateResourceSharePermissionCommand(change));
  await expect(beside).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
  await clients.ram.send(new AssociateResourceSharePermissionCommand({ ...change, replace: true }));

  expect(simulator.image(imageArn)?.grants).toEqual([{ principal: consumer, action: 'imagebuilder:GetImage' }]);
});

it('4.5 lets a principal come back only when it is out', async () => {
  const simulator = await aSimulator({ seed, settings: { associationLagMs: 60_000 } });
  const clients = clientsOf(simulator);
  const arn = await onlyShareArnOf(clients, imageArn);
  await disassociate(clients, arn, [consumer]);

  await expect(associate(clients, arn, [third, consumer])).rejects.toMatchObject({
    name: 'InvalidStateTransitionException',
  });
  simulator.settle();
  await associate(clients, arn, [consumer]);

  expect(await principalsOf(clients, arn)).toEqual({ [consumer]: 'ASSOCIATING' });
});

it('4.15 makes a share that is PENDING for a while, and shows it by its ARN alone', async () => {
  const settings = { creationLagMs: 60_000 };
  const simulator = await aSimulator({ seed: { images: [{ arn: imageArn }] }, settings });
  const clients = clientsOf(simulator);

  const arn = await createShare(clients, { resourceArns: [imageArn], principals: [consumer] });
  const before = {
    status: (await shareAt(clients, arn)).status,
    principals: await principalsOf(clients, arn),
    listed: await shareArnsOf(clients, imageArn),
    access: simulator.image(imageArn)?.access,
  };
  simulator.advance(60_000);

  expect(before).toEqual({ status: 'PENDING', principals: {}, listed: [], access: [] });
  expect((await shareAt(clients, arn)).status).toBe('ACTIVE');
  expect(await shareArnsOf(clients, imageArn)).toEqual([arn]);
  expect(simulator.image(imageArn)?.access).toEqual([consumer]);
});

it('4.15 makes nothing of a share that is deleted while it is PENDING', async () => {
  const settings = { creationLagMs: 60_000 };
  const simulator = await aSimulator({ seed: { images: [{ arn: imageArn }] }, settings });
  const clients = clientsOf(simulator);
  const arn = await createShare(clients, { resourceArns: [imageArn], principals: [consumer] });

  await clients.ram.send(new DeleteResourceShareCommand({ resourceShareArn: arn }));
  simulator.advance(60_000);

  expect((await shareAt(clients, arn)).status).toBe('DELETED');
  expect(simulator.image(imageArn)?.access).toEqual([]);
});

async function createShare(
  { ram }: Clients,
  members: { readonly resourceArns?: string[]; readonly principals?: string[] },
): Promise<string> {
  const { resourceShare } = await ram.send(new CreateResourceShareCommand({ name: 'mine', ...members }));
  return resourceShare?.resourceShareArn ?? '';
}

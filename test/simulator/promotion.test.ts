import {
  GetPermissionCommand,
  ListResourceSharePermissionsCommand,
  PromotePermissionCreatedFromPolicyCommand,
} from '@aws-sdk/client-ram';
import { expect, it } from 'vitest';
import type { Seed } from '../../src/simulator/seed.ts';
import type { ImageBehaviour } from '../../src/simulator/world/records.ts';
import { accessDips, aSimulator, anImageArn } from '../support/simulator.ts';
import {
  associate,
  clientsOf,
  onlyShareArnOf,
  principalsOf,
  promote,
  put,
  putText,
  shareArnsOf,
  shareAt,
  shareByPolicy,
} from './clients.ts';
import type { Clients } from './clients.ts';

const imageArn = anImageArn();
const seed = { images: [{ arn: imageArn }] };
const [consumer, other] = ['222222222222', '333333333333'];

it('3.1 promotes a share step by step under the same ARN', async () => {
  const simulator = await aSimulator({ seed, settings: { promotionLagMs: 60_000 } });
  const clients = clientsOf(simulator);
  await put(clients, imageArn, [consumer]);
  const arn = await onlyShareArnOf(clients, imageArn);

  const answer = await promote(clients, arn);
  const during = await shareAt(clients, arn);
  simulator.advance(60_000);

  expect(answer).toBe(true);
  expect(during.featureSet).toBe('PROMOTING_TO_STANDARD');
  expect(await shareAt(clients, arn)).toMatchObject({ featureSet: 'STANDARD', status: 'ACTIVE' });
});

it('3.2 refuses promotion while no managed permission equals the one of the share', async () => {
  const clients = clientsOf(await aSimulator({ seed }));
  await put(clients, imageArn, [consumer], ['imagebuilder:GetImage']);
  const arn = await onlyShareArnOf(clients, imageArn);

  await expect(promote(clients, arn)).rejects.toMatchObject({ name: 'UnmatchedPolicyPermissionException' });
  await promotePermission(clients, arn, 'get-only');
  await expect(promote(clients, arn)).resolves.toBe(true);
});

it('3.3 makes a managed permission beside the one of the policy, and uses it after promotion', async () => {
  const clients = clientsOf(await aSimulator({ seed }));
  await put(clients, imageArn, [consumer], ['imagebuilder:GetImage']);
  const arn = await onlyShareArnOf(clients, imageArn);

  const promoted = await promotePermission(clients, arn, 'get-only');
  const before = await permissionOf(clients, arn);
  await promote(clients, arn);

  expect(promoted).toMatchObject({ name: 'get-only', featureSet: 'STANDARD', permissionType: 'CUSTOMER_MANAGED' });
  expect(before.featureSet).toBe('CREATED_FROM_POLICY');
  expect(await permissionOf(clients, arn)).toMatchObject({ arn: promoted?.arn, featureSet: 'STANDARD' });
  const gone = clients.ram.send(new GetPermissionCommand({ permissionArn: before.arn }));
  await expect(gone).rejects.toMatchObject({ name: 'UnknownResourceException' });
});

it('3.4 changes no share that is not STANDARD', async () => {
  const clients = clientsOf(await aSimulator({ seed }));
  await put(clients, imageArn, [consumer]);
  const arn = await onlyShareArnOf(clients, imageArn);

  await expect(associate(clients, arn, [other])).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
});

it('3.5 refuses the promotion of an image that is set to be refused', async () => {
  const clients = clientsOf(await aSimulator({ seed: withBehaviour({ promotion: 'refused' }) }));
  await put(clients, imageArn, [consumer]);
  const arn = await onlyShareArnOf(clients, imageArn);

  await expect(promote(clients, arn)).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
  await expect(promote(clients, arn)).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
});

it('3.6 never ends the promotion of an image that is set to be stuck', async () => {
  const simulator = await aSimulator({ seed: withBehaviour({ promotion: 'stuck' }) });
  const clients = clientsOf(simulator);
  await put(clients, imageArn, [consumer]);
  const arn = await onlyShareArnOf(clients, imageArn);

  await promote(clients, arn);
  simulator.settle();
  simulator.advance(86_400_000);

  expect((await shareAt(clients, arn)).featureSet).toBe('PROMOTING_TO_STANDARD');
});

it('3.12 takes the time that an image is set to for its promotion', async () => {
  const simulator = await aSimulator({ seed: withBehaviour({ promotionLagMs: 60_000 }) });
  const clients = clientsOf(simulator);
  await put(clients, imageArn, [consumer]);
  const arn = await onlyShareArnOf(clients, imageArn);

  await promote(clients, arn);
  const during = await shareAt(clients, arn);
  simulator.advance(60_000);

  expect(during.featureSet).toBe('PROMOTING_TO_STANDARD');
  expect((await shareAt(clients, arn)).featureSet).toBe('STANDARD');
});

it('3.7 fails the principals that are set to fail', async () => {
  const simulator = await aSimulator({ seed: withBehaviour({ failingPrincipals: [other] }) });
  const clients = clientsOf(simulator);

  const arn = await shareByPolicy(clients, imageArn, [consumer, other]);

  expect(await principalsOf(clients, arn)).toEqual({ [consumer]: 'ASSOCIATED', [other]: 'FAILED' });
  expect(simulator.image(imageArn)?.access).toEqual([consumer]);
});

it('3.8 makes no share for an image that is set to get none', async () => {
  const simulator = await aSimulator({ seed: withBehaviour({ share: 'never-appears' }) });
  const clients = clientsOf(simulator);

  await put(clients, imageArn, [consumer]);
  simulator.settle();

  expect(await shareArnsOf(clients, imageArn)).toEqual([]);
  expect(simulator.image(imageArn)?.access).toEqual([consumer]);
});

it('3.9 wants a promoted permission for an image that is set to be unmatched', async () => {
  const clients = clientsOf(await aSimulator({ seed: withBehaviour({ permission: 'unmatched' }) }));
  await put(clients, imageArn, [consumer]);
  const arn = await onlyShareArnOf(clients, imageArn);

  await expect(promote(clients, arn)).rejects.toMatchObject({ name: 'UnmatchedPolicyPermissionException' });
  await promotePermission(clients, arn, 'pair');
  await expect(promote(clients, arn)).resolves.toBe(true);
});

it('3.10 keeps access throughout promotion', async () => {
  const simulator = await aSimulator({ seed, settings: { shareLagMs: 10, promotionLagMs: 10, associationLagMs: 10 } });
  const clients = clientsOf(simulator);
  await put(clients, imageArn, [consumer]);
  simulator.settle();

  await promote(clients, await onlyShareArnOf(clients, imageArn));
  simulator.settle();

  expect(simulator.accessHistory(imageArn).map(({ principals }) => principals)).toEqual([[], [consumer]]);
  expect(accessDips(simulator, imageArn)).toEqual([]);
});

it.each([
  ['principal', '*', 'imagebuilder:GetImage'],
  ['action', { AWS: consumer }, 'imagebuilder:*'],
])('3.11 takes a wildcard as %s and does not promote it', async (_what, Principal, Action) => {
  const clients = clientsOf(await aSimulator({ seed }));
  const statement = { Effect: 'Allow', Principal, Action, Resource: imageArn };
  await putText(clients, imageArn, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));

  await expect(promote(clients, await onlyShareArnOf(clients, imageArn))).rejects.toMatchObject({
    name: 'OperationNotPermittedException',
  });
});

function withBehaviour(behaviour: ImageBehaviour): Seed {
  return { images: [{ arn: imageArn, behaviour }] };
}

async function permissionOf({ ram }: Clients, resourceShareArn: string) {
  const { permissions } = await ram.send(new ListResourceSharePermissionsCommand({ resourceShareArn }));
  return permissions?.[0] ?? {};
}

async function promotePermission(clients: Clients, shareArn: string, name: string) {
  const { arn: permissionArn } = await permissionOf(clients, shareArn);
  const promotion = new PromotePermissionCreatedFromPolicyCommand({ permissionArn, name });
  return (await clients.ram.send(promotion)).permission;
}

import { expect, it } from 'vitest';
import { aPolicy, aSimulator, anImageArn, ownerAccount, ownerRegion } from '../support/simulator.ts';
import { clientsOf, policyOf, put, shareByPolicy } from './clients.ts';

const imageArn = anImageArn();
const seed = { images: [{ arn: imageArn }] };
const [consumer, other] = ['222222222222', '333333333333'];

it.each(['before', 'after'] as const)('9.1 acts right %s a call', async (when) => {
  const act = { kind: 'put-policy', policy: aPolicy('${imageArn}', [other]) } as const;
  const simulator = await aSimulator({
    seed,
    interventions: [{ operation: 'PutImagePolicy', image: imageArn, when, act }],
  });
  const clients = clientsOf(simulator);

  await put(clients, imageArn, [consumer]);
  await put(clients, imageArn, [consumer]);

  const actors = simulator.journal(imageArn).map(({ actor }) => actor);
  expect(actors).toEqual(when === 'before' ? ['other', 'client', 'client'] : ['client', 'other', 'client']);
});

it('9.1 acts between two calls of a client', async () => {
  const act = { kind: 'put-policy', policy: aPolicy('${imageArn}', [other]) } as const;
  const simulator = await aSimulator({ seed, interventions: [{ operation: 'GetImagePolicy', when: 'after', act }] });
  const clients = clientsOf(simulator);

  const before = await policyOf(clients, imageArn);

  expect(before).toBe('{}');
  await expect(policyOf(clients, imageArn)).resolves.toContain(other);
});

it('9.2 puts, promotes and changes like somebody else of the account', async () => {
  const simulator = await aSimulator({ seed });
  const access = () => simulator.image(imageArn)?.access;
  const image = imageArn;

  simulator.act({ kind: 'put-policy', image, policy: aPolicy(imageArn, [consumer]) });
  simulator.act({ kind: 'promote', image });
  expect(simulator.image(imageArn)).toMatchObject({ sees: [consumer], shares: [{ featureSet: 'STANDARD' }] });
  simulator.act({ kind: 'associate', image, principals: [other] });
  expect(access()).toEqual([consumer, other]);
  simulator.act({ kind: 'disassociate', image, principals: [consumer] });
  expect(access()).toEqual([other]);
  simulator.act({ kind: 'create-share', image, principals: [consumer] });
  expect(access()).toEqual([consumer, other]);
  simulator.act({ kind: 'delete-shares', image });
  expect(access()).toEqual([]);
  expect(simulator.journal().every(({ actor, effect }) => actor === 'other' && effect)).toBe(true);
});

it('9.2 takes an image out of its share, and accepts invitations', async () => {
  const organization = { id: 'o-company', managementAccount: '999999999999', members: [ownerAccount] };
  const simulator = await aSimulator({ seed, settings: { organization } });
  const region = ownerRegion;

  await shareByPolicy(clientsOf(simulator), imageArn, [consumer]);
  const [accepted] = simulator.act({ kind: 'accept-invitations', account: consumer, region });
  const sees = simulator.image(imageArn)?.sees;
  simulator.act({ kind: 'disassociate-image', image: imageArn });

  expect(accepted).toMatchObject({ operation: 'AcceptResourceShareInvitation', account: consumer, status: 200 });
  expect(sees).toEqual([consumer]);
  expect(simulator.image(imageArn)?.access).toEqual([]);
});

it('9.2 calls any operation', async () => {
  const simulator = await aSimulator({ seed });
  const call = { service: 'imagebuilder', account: ownerAccount, region: 'us-east-1' } as const;

  const [entry] = simulator.act({
    kind: 'call',
    ...call,
    operation: 'TagResource',
    parameters: { resourceArn: imageArn, tags: { held: 'true' } },
  });

  expect(entry).toMatchObject({ status: 200, actor: 'other', effect: true });
  expect(simulator.image(imageArn)?.tags).toEqual({ held: 'true' });
});

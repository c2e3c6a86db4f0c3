import { expect, it } from 'vitest';
import {
  aPolicy,
  aSimulator,
  anImageArn,
  idleWritesOf,
  operationsOn,
  ownerAccount,
  writesOf,
} from '../support/simulator.ts';
import { clientsOf, onlyShareArnOf, policyOf, principalsOf, promote, put, shareAt, shareByPolicy } from './clients.ts';

const imageArn = anImageArn();
const seed = { images: [{ arn: imageArn }] };
const [consumer, other] = ['222222222222', '333333333333'];

it('10.1 writes every call down', async () => {
  const simulator = await aSimulator({ seed, now: () => 1_800_000_000_000 });
  const clients = clientsOf(simulator);

  const shareArn = await shareByPolicy(clients, imageArn, [consumer]);
  await promote(clients, 'nonsense').catch(() => undefined);

  expect(operationsOn(simulator, imageArn)).toEqual([
    'PutImagePolicy',
    'ListResources',
    'PromoteResourceShareCreatedFromPolicy',
    'ListResources',
  ]);
  expect(writesOf(simulator, imageArn)).toMatchObject([
    {
      seq: 1,
      at: 1_800_000_000_000,
      service: 'imagebuilder',
      account: ownerAccount,
      region: 'us-east-1',
      accessKeyId: `AKIA${ownerAccount}TEST`,
      actor: 'client',
      images: [imageArn],
      parameters: { imageArn, policy: aPolicy(imageArn, [consumer]) },
      status: 200,
      effect: true,
      alreadyHeld: false,
      answered: true,
    },
    { seq: 3, service: 'ram', shareArn, images: [imageArn], effect: true },
  ]);
  expect(simulator.journal().at(-1)).toMatchObject({ status: 400, errorName: 'MalformedArnException', effect: false });
});

it('10.2 marks writes that wished for what was so', async () => {
  const simulator = await aSimulator({ seed, settings: { behaviour: { promoteTwice: 'success' } } });
  const clients = clientsOf(simulator);
  const shareArn = await shareByPolicy(clients, imageArn, [consumer]);

  await promote(clients, shareArn);
  await put(clients, imageArn, [consumer]);

  expect(idleWritesOf(simulator, imageArn).map(({ operation }) => operation)).toEqual([
    'PromoteResourceShareCreatedFromPolicy',
    'PutImagePolicy',
  ]);
});

it('10.3 tells the state of an image', async () => {
  const simulator = await aSimulator({ seed });
  const clients = clientsOf(simulator);

  await put(clients, imageArn, [consumer]);
  const arn = await onlyShareArnOf(clients, imageArn);

  expect(simulator.image(imageArn)).toEqual({
    imageArn,
    policyDocument: await policyOf(clients, imageArn),
    grants: [
      { principal: consumer, action: 'imagebuilder:GetImage' },
      { principal: consumer, action: 'imagebuilder:ListImages' },
    ],
    shares: [
      {
        arn,
        name: 'Created from policy of web 1.0.0-1',
        status: 'ACTIVE',
        featureSet: 'CREATED_FROM_POLICY',
        tags: {},
        permissionName: 'AWSRAMDefaultPermissionImageBuilderImage',
        actions: ['imagebuilder:GetImage', 'imagebuilder:ListImages'],
        principals: { [consumer]: 'ASSOCIATED' },
        resources: { [imageArn]: 'ASSOCIATED' },
      },
    ],
    access: [consumer],
    sees: [],
    tags: {},
  });
  expect(simulator.images()).toHaveLength(1);
  expect(simulator.image(anImageArn({ build: 2 }))).toBeUndefined();
});

it('10.4 keeps the history of access', async () => {
  const start = 1_800_000_000_000;
  const simulator = await aSimulator({ seed, now: () => start });
  const clients = clientsOf(simulator);

  await put(clients, imageArn, [consumer]);
  simulator.advance(5000);
  await put(clients, imageArn, [other, consumer]);
  await put(clients, imageArn, [consumer, other]);

  expect(simulator.accessHistory(imageArn)).toEqual([
    { at: start, principals: [] },
    { at: start, principals: [consumer] },
    { at: start + 5000, principals: [consumer, other] },
  ]);
});

it('10.5 seeds policies and shares in any state, which last', async () => {
  const [busy, promoting, unpromoted] = ['busy', 'promoting', 'unpromoted'].map((name) => anImageArn({ name }));
  const images = [busy, promoting].map((arn = '') => ({ arn }));
  const simulator = await aSimulator({
    seed: {
      images: [...images, { arn: unpromoted ?? '', policy: aPolicy('${imageArn}', [other]) }],
      permissions: [{ account: ownerAccount, region: 'us-east-1', name: 'get', actions: ['imagebuilder:GetImage'] }],
      shares: [
        { images: [busy ?? ''], permissionName: 'get', principals: [{ id: consumer, status: 'ASSOCIATING' }] },
        { images: [promoting ?? ''], featureSet: 'PROMOTING_TO_STANDARD', principals: [consumer] },
      ],
    },
  });
  const clients = clientsOf(simulator);

  simulator.settle();

  expect(await principalsOf(clients, await onlyShareArnOf(clients, busy ?? ''))).toEqual({ [consumer]: 'ASSOCIATING' });
  expect((await shareAt(clients, await onlyShareArnOf(clients, promoting ?? ''))).featureSet).toBe(
    'PROMOTING_TO_STANDARD',
  );
  expect(simulator.image(unpromoted ?? '')).toMatchObject({
    access: [other],
    sees: [],
    shares: [{ featureSet: 'CREATED_FROM_POLICY' }],
  });
});

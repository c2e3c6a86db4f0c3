import {
  DeleteImageCommand,
  GetImageCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-imagebuilder';
import { ListResourceSharePermissionsCommand } from '@aws-sdk/client-ram';
import { describe, expect, it } from 'vitest';
import { aPolicy, aSimulator, anImageArn } from '../support/simulator.ts';
import { clientsOf, onlyShareArnOf, policyOf, principalsOf, put, putText, shareArnsOf, shareAt } from './clients.ts';

const imageArn = anImageArn();
const seed = { images: [{ arn: imageArn }] };
const consumer = '222222222222';

it('2.1 answers {} where there is no policy', async () => {
  const clients = clientsOf(await aSimulator({ seed }));

  await expect(policyOf(clients, imageArn)).resolves.toBe('{}');
});

it('2.2 reads a policy back with accounts as root ARNs', async () => {
  const clients = clientsOf(await aSimulator({ seed }));

  await put(clients, imageArn, [consumer]);

  const policy: unknown = JSON.parse((await policyOf(clients, imageArn)) ?? '');
  expect(policy).toMatchObject({ Statement: [{ Principal: { AWS: `arn:aws:iam::${consumer}:root` } }] });
});

it.each([
  'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0',
  'arn:aws:imagebuilder:us-east-1:111111111111:image/Web/1.0.0/1',
  'arn:aws:imagebuilder:us-east-1:111111111111:component/web/1.0.0/1',
  'web',
])('2.3 refuses the image ARN %s', async (wrong) => {
  const clients = clientsOf(await aSimulator({ seed }));

  await expect(putText(clients, wrong, aPolicy(imageArn, [consumer]))).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    $metadata: { httpStatusCode: 400 },
  });
});

describe('2.4', () => {
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: consumer },
    Action: 'imagebuilder:GetImage',
    Resource: imageArn,
  };

  it.each<[string, string]>([
    ['is no JSON', '{'],
    ['is a list', '[]'],
    ['has another Version', JSON.stringify({ Version: '2020-01-01', Statement: [statement] })],
    ['has no Effect', policyWith({ Effect: undefined })],
    ['has another Effect', policyWith({ Effect: 'Maybe' })],
    ['has no Principal', policyWith({ Principal: undefined })],
    ['has a principal that is none', policyWith({ Principal: { AWS: 'somebody' } })],
    ['has no Action', policyWith({ Action: undefined })],
    ['has an action of another service', policyWith({ Action: 's3:GetObject' })],
    ['has no Resource', policyWith({ Resource: undefined })],
    ['denies', policyWith({ Effect: 'Deny' })],
    ['names another image', policyWith({ Resource: anImageArn({ name: 'other' }) })],
    ['is empty', ''],
    ['is too long', aPolicy(imageArn, [consumer]).padEnd(30_001)],
  ])('2.4 refuses a policy that %s', async (_what, policy) => {
    const clients = clientsOf(await aSimulator({ seed }));

    await expect(putText(clients, imageArn, policy)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await expect(policyOf(clients, imageArn)).resolves.toBe('{}');
  });

  function policyWith(change: Readonly<Record<string, unknown>>): string {
    return JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...change }] });
  }
});

it('2.5 tells an image that does not exist from one that belongs to somebody else', async () => {
  const simulator = await aSimulator({ seed });
  const missing = anImageArn({ build: 7 });

  const ofNobody = put(clientsOf(simulator), missing, [consumer]);
  const ofAnother = put(clientsOf(simulator, { account: consumer }), imageArn, [consumer]);

  await expect(ofNobody).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  });
  await expect(ofAnother).rejects.toMatchObject({ name: 'ForbiddenException', $metadata: { httpStatusCode: 403 } });
});

it('2.6 makes a share of a policy after the lag', async () => {
  const simulator = await aSimulator({ seed, settings: { shareLagMs: 60_000 } });
  const clients = clientsOf(simulator);

  await put(clients, imageArn, [consumer]);
  const before = await shareArnsOf(clients, imageArn);
  simulator.advance(60_000);
  const shareArn = await onlyShareArnOf(clients, imageArn);

  expect(before).toEqual([]);
  await expect(shareAt(clients, shareArn)).resolves.toMatchObject({
    featureSet: 'CREATED_FROM_POLICY',
    status: 'ACTIVE',
  });
  await expect(principalsOf(clients, shareArn)).resolves.toEqual({ [consumer]: 'ASSOCIATED' });
});

it('2.7 makes a permission of a policy with other actions', async () => {
  const clients = clientsOf(await aSimulator({ seed }));

  await put(clients, imageArn, [consumer], ['imagebuilder:GetImage']);

  const resourceShareArn = await onlyShareArnOf(clients, imageArn);
  const { permissions } = await clients.ram.send(new ListResourceSharePermissionsCommand({ resourceShareArn }));
  expect(permissions).toMatchObject([{ featureSet: 'CREATED_FROM_POLICY', permissionType: 'CUSTOMER_MANAGED' }]);
});

it('2.8 makes a share for each set of actions', async () => {
  const clients = clientsOf(await aSimulator({ seed }));
  const statementOf = (account: string, Action: string) => {
    return { Effect: 'Allow', Principal: { AWS: account }, Action, Resource: imageArn };
  };
  const Statement = [
    statementOf(consumer, 'imagebuilder:GetImage'),
    statementOf('333333333333', 'imagebuilder:ListImages'),
    statementOf('444444444444', 'imagebuilder:GetImage'),
  ];

  await putText(clients, imageArn, JSON.stringify({ Version: '2012-10-17', Statement }));

  const principals = await Promise.all(
    (await shareArnsOf(clients, imageArn)).map(async (arn) => Object.keys(await principalsOf(clients, arn))),
  );
  expect(principals).toEqual([[consumer, '444444444444'], ['333333333333']]);
});

it('2.9 changes the unpromoted share when the policy is put again', async () => {
  const simulator = await aSimulator({ seed });
  const clients = clientsOf(simulator);

  await put(clients, imageArn, [consumer]);
  const first = await onlyShareArnOf(clients, imageArn);
  await put(clients, imageArn, ['333333333333']);

  expect(await onlyShareArnOf(clients, imageArn)).toBe(first);
  expect(await principalsOf(clients, first)).toEqual({ [consumer]: 'DISASSOCIATED', '333333333333': 'ASSOCIATED' });
  expect(simulator.image(imageArn)?.access).toEqual(['333333333333']);
});

it('2.10 deletes an image only while nothing shares it', async () => {
  const shared = anImageArn({ name: 'shared' });
  const shares = [{ images: [shared], principals: [consumer] }];
  const clients = clientsOf(await aSimulator({ seed: { images: [{ arn: imageArn }, { arn: shared }], shares } }));
  const remove = (arn: string) => clients.images.send(new DeleteImageCommand({ imageBuildVersionArn: arn }));

  await remove(imageArn);

  await expect(policyOf(clients, imageArn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(remove(shared)).rejects.toMatchObject({ name: 'ResourceDependencyException' });
});

it('2.11 keeps tags of images', async () => {
  const { images } = clientsOf(await aSimulator({ seed: { images: [{ arn: imageArn, tags: { team: 'base' } }] } }));

  await images.send(new TagResourceCommand({ resourceArn: imageArn, tags: { tested: 'true', stage: 'beta' } }));
  await images.send(new UntagResourceCommand({ resourceArn: imageArn, tagKeys: ['team', 'stage'] }));

  const { image } = await images.send(new GetImageCommand({ imageBuildVersionArn: imageArn }));
  const { tags } = await images.send(new ListTagsForResourceCommand({ resourceArn: imageArn }));
  expect(image?.tags).toEqual({ tested: 'true' });
  expect(tags).toEqual({ tested: 'true' });
});

it('2.12 shows who may launch the AMI of an image, where it is seeded with that', async () => {
  const launchPermission = {
    userIds: [consumer],
    organizationArns: ['arn:aws:organizations::999999999999:organization/o-company'],
  };
  const seed = { images: [{ arn: imageArn, launchPermission }, { arn: anImageArn({ name: 'plain' }) }] };
  const { images } = clientsOf(await aSimulator({ seed }));
  const distributionsOf = async (imageBuildVersionArn: string): Promise<unknown> => {
    const { image } = await images.send(new GetImageCommand({ imageBuildVersionArn }));
    return image?.distributionConfiguration?.distributions;
  };

  expect(await distributionsOf(imageArn)).toEqual([
    { region: 'us-east-1', amiDistributionConfiguration: { launchPermission } },
  ]);
  expect(await distributionsOf(anImageArn({ name: 'plain' }))).toBeUndefined();
});

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AwsAccess } from '../../src/aws/access.ts';
import {
  associatePrincipals,
  createPermission,
  createShare,
  deleteShare,
  disassociateImage,
  disassociatePrincipals,
  promotePermission,
  promoteShare,
  putImagePolicy,
  replaceSharePermission,
  tagShare,
} from '../../src/aws/acts.ts';
import type { AwsClients } from '../../src/aws/clients.ts';
import { createAwsClients } from '../../src/aws/clients.ts';
import { consumerView } from '../../src/aws/consumer.ts';
import { readImageStatus } from '../../src/aws/observe.ts';
import { findPermission } from '../../src/aws/permissions.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import type { ObservedImage } from '../../src/domain/observation.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import { aPolicy, aSimulator, anImageArn } from '../support/simulator.ts';
import { callOnce, lookAt } from './aws-stub.ts';

const image = parseImageArn(anImageArn());
const otherImage = parseImageArn(anImageArn({ build: 2 }));
const a = '222222222222';
const b = '333333333333';
const outsider = '444444444444';
const pair = ['imagebuilder:GetImage', 'imagebuilder:ListImages'];
const getOnly = ['imagebuilder:GetImage'];
const clientToken = 'token-1';

describe('a policy and its share', () => {
  it('are seen from the put through promotion to STANDARD, tagged and visible to the consumer', async () => {
    const world = await aWorld({ settings: { promotionLagMs: 1_000 } });

    await putImagePolicy(world.clients, owner, { image, document: aPolicy(image, [a]) }, callOnce());
    const put = await world.observe();
    const { shareArn } = onlyShare(put);
    const before = await consumerView(world.clients, consumerOf(a), image, callOnce());
    await promoteShare(world.clients, owner, { shareArn }, callOnce());
    const promoting = await world.observe();
    world.simulator.advance(1_000);
    await tagShare(world.clients, owner, { shareArn, tags: { 'policy-rollout:rollout': 'golden' } }, callOnce());
    const promoted = await world.observe();
    const after = await consumerView(world.clients, consumerOf(a), image, callOnce());

    expect(put.policyGrants).toEqual(pair.map((action) => ({ principal: a, action })));
    expect(onlyShare(put)).toMatchObject({ featureSet: 'CREATED_FROM_POLICY', status: 'ACTIVE', rolloutTag: null });
    expect(onlyShare(promoting)).toMatchObject({ shareArn, featureSet: 'PROMOTING_TO_STANDARD' });
    expect(onlyShare(promoted)).toMatchObject({
      shareArn,
      featureSet: 'STANDARD',
      status: 'ACTIVE',
      rolloutTag: 'golden',
      imageStatus: 'ASSOCIATED',
      otherResourceCount: 0,
      principals: [{ principal: a, status: 'ASSOCIATED' }],
      permissions: [{ featureSet: 'STANDARD', actions: pair }],
    });
    expect([before, after]).toEqual(['NOT_VISIBLE', 'VISIBLE']);
  });

  it('need a permission of their own first where RAM has none that is equal', async () => {
    const world = await aWorld();
    await putImagePolicy(world.clients, owner, { image, document: aPolicy(image, [a], getOnly) }, callOnce());
    const made = onlyShare(await world.observe());
    const [permission] = made.permissions;
    const { shareArn } = made;
    await expect(promoteShare(world.clients, owner, { shareArn }, callOnce())).rejects.toMatchObject({
      code: 'permission-unmatched',
    });

    const promotedPermission = await promotePermission(
      world.clients,
      owner,
      { permissionArn: permission?.permissionArn ?? '', name: 'get-only', clientToken },
      callOnce(),
    );
    await promoteShare(world.clients, owner, { shareArn }, callOnce());

    expect(permission).toMatchObject({ featureSet: 'CREATED_FROM_POLICY', actions: getOnly });
    expect(onlyShare(await world.observe()).permissions).toEqual([
      { permissionArn: promotedPermission.permissionArn, featureSet: 'STANDARD', actions: getOnly },
    ]);
  });
});

describe('a share through RAM alone', () => {
  it('is made, widened, narrowed, given another permission, and deleted', async () => {
    const world = await aWorld();
    const { permissionArn } = await createPermission(
      world.clients,
      owner,
      { name: 'get-only', actions: getOnly, clientToken },
      callOnce(),
    );
    const found = await findPermission(world.clients, owner, { actions: pair }, callOnce());
    const share = {
      name: 's',
      image,
      entities: [a],
      permissionArn: found ?? '',
      tags: {},
      allowExternalPrincipals: true,
    };

    const { shareArn } = await createShare(world.clients, owner, { ...share, clientToken }, callOnce());
    const made = onlyShare(await world.observe());
    await associatePrincipals(world.clients, owner, { shareArn, entities: [b], clientToken: 't-2' }, callOnce());
    const widened = onlyShare(await world.observe());
    await disassociatePrincipals(world.clients, owner, { shareArn, entities: [a], clientToken: 't-3' }, callOnce());
    await replaceSharePermission(world.clients, owner, { shareArn, permissionArn, clientToken: 't-4' }, callOnce());
    const narrowed = onlyShare(await world.observe());
    await deleteShare(world.clients, owner, { shareArn, clientToken: 't-5' }, callOnce());
    const gone = await world.observe();

    expect(found).toBe('arn:aws:ram::aws:permission/AWSRAMDefaultPermissionImageBuilderImage');
    expect(made.principals.map(({ principal }) => principal)).toEqual([a]);
    expect(widened.principals.map(({ principal }) => principal)).toEqual([a, b]);
    expect(narrowed.principals.map(({ principal }) => principal)).toEqual([b]);
    expect(narrowed.permissions).toMatchObject([{ permissionArn, actions: getOnly }]);
    expect(gone.shares).toEqual([]);
  });

  it('keeps its other image when one leaves', async () => {
    const world = await aWorld({
      seed: { images: bothImages, shares: [{ images: [image, otherImage], principals: [a] }] },
    });
    const { shareArn, otherResourceCount } = onlyShare(await world.observe());

    await disassociateImage(world.clients, owner, { shareArn, image, clientToken }, callOnce());

    const [left, kept] = await lookAt(world.clients, owner, [image, otherImage]);
    expect(otherResourceCount).toBe(1);
    expect(left?.shares).toEqual([]);
    expect(kept?.shares).toMatchObject([{ shareArn, otherResourceCount: 0 }]);
  });
});

describe('an observation', () => {
  it.each(['ASSOCIATING', 'ASSOCIATED', 'FAILED', 'DISASSOCIATING', 'SUSPENDED'] as const)(
    'shows a principal that is %s',
    async (status) => {
      const world = await aWorld({
        seed: { images: bothImages, shares: [{ images: [image], principals: [{ id: a, status }] }] },
      });

      const observed = await world.observe();

      expect(onlyShare(observed).principals).toMatchObject([{ principal: a, status }]);
    },
  );

  it('shows several shares, over empty pages', async () => {
    const shares = [a, b].map((principal) => ({ images: [image], principals: [principal] }));
    const world = await aWorld({ seed: { images: bothImages, shares }, settings: { emptyPages: true } });

    const observed = await world.observe();

    expect(observed.shares.flatMap(({ principals }) => principals.map(({ principal }) => principal)).sort()).toEqual([
      a,
      b,
    ]);
  });

  it('shows an outside account that has not accepted as ASSOCIATING', async () => {
    const world = await aWorld({
      settings: { organization: { id: 'o-simulated01', managementAccount: '999999999999', members: [a, b] } },
      seed: {
        images: bothImages,
        shares: [{ images: [image], principals: [{ id: outsider, status: 'ASSOCIATING' }] }],
      },
    });

    const observed = await world.observe();

    expect(onlyShare(observed).principals).toMatchObject([{ principal: outsider, status: 'ASSOCIATING' }]);
  });

  it('tells the status of an image, and one that is not there', async () => {
    const world = await aWorld({ seed: { images: [{ arn: image, status: 'BUILDING' }] } });

    expect(await readImageStatus(world.clients, owner, image, callOnce())).toBe('BUILDING');
    await expect(readImageStatus(world.clients, owner, otherImage, callOnce())).rejects.toMatchObject({
      code: 'image-gone',
    });
    await expect(lookAt(world.clients, owner, [otherImage])).rejects.toMatchObject({
      code: 'image-gone',
    });
  });
});

describe('a role', () => {
  it('is assumed with its external id, and denied without', async () => {
    const roleArn = 'arn:aws:iam::111111111111:role/policy-rollout';
    const world = await aWorld({ settings: { roles: [{ arn: roleArn, externalId: 'outside-1' }] } });

    const inRole = { ...owner, roleArn, externalId: 'outside-1' };
    const status = await readImageStatus(world.clients, inRole, image, callOnce());
    const denied = readImageStatus(world.clients, { ...owner, roleArn }, image, callOnce());

    expect(status).toBe('AVAILABLE');
    await expect(denied).rejects.toMatchObject({ code: 'aws-access-denied' });
  });
});

const owner: AwsAccess = { account: '111111111111', region: 'us-east-1', partition: 'aws' };
const bothImages = [{ arn: image }, { arn: otherImage }];

interface World {
  readonly simulator: Simulator;
  readonly clients: AwsClients;
  readonly observe: () => Promise<ObservedImage>;
}

async function aWorld(options: SimulatorOptions = {}): Promise<World> {
  const simulator = await aSimulator({ seed: { images: bothImages }, ...options });
  for (const service of ['IMAGEBUILDER', 'RAM', 'STS']) vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, simulator.url);
  const clients = createAwsClients({ requestTimeoutMs: 5_000, connectionTimeoutMs: 2_000, gatherMs: 5 });
  onTestFinished(() => {
    clients.destroy();
    vi.unstubAllEnvs();
  });
  const observe = async (): Promise<ObservedImage> => {
    const [observed] = await lookAt(clients, owner, [image]);
    if (observed === undefined) throw new Error('Nothing was observed');
    return observed;
  };
  return { simulator, clients, observe };
}

function consumerOf(account: string): AwsAccess {
  return { ...owner, account, roleArn: `arn:aws:iam::${account}:role/image-reader` };
}

function onlyShare({ shares }: ObservedImage) {
  const [share] = shares;
  if (share === undefined || shares.length > 1) throw new Error(`There are ${shares.length} shares`);
  return share;
}

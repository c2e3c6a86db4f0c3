import { describe, expect, it } from 'vitest';
import type { AwsCall } from '../../src/aws/access.ts';
import { glimpseShares, readImageStatus } from '../../src/aws/observe.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { AwsStub, StubReply, StubRequest } from './aws-stub.ts';
import { access, callOnce, errorReply, jsonReply, lookAt, startAwsStub } from './aws-stub.ts';

const image = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1');
const otherImage = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/2');
const shareArn = 'arn:aws:ram:us-east-1:111111111111:resource-share/s-1';
const otherShareArn = 'arn:aws:ram:us-east-1:111111111111:resource-share/s-2';
const defaultPermission = 'arn:aws:ram::aws:permission/AWSRAMDefaultPermissionImageBuilderImage';
const customerPermissions = 'arn:aws:ram:us-east-1:111111111111:permission';
const pair = ['imagebuilder:GetImage', 'imagebuilder:ListImages'];
const document = JSON.stringify({
  Statement: [
    { Effect: 'Allow', Principal: { AWS: '222222222222' }, Action: 'imagebuilder:GetImage', Resource: image },
  ],
});

describe('observeImages', () => {
  it('makes two calls for one image that is not shared', async () => {
    const stub = await startAwsStub(awsWith({}));

    const [observed] = await observe(stub, [image]);

    expect(observed).toEqual({ image, observedAtMs: 1_000, policy: null, policyGrants: [], shares: [] });
    expect(pathsOf(stub)).toEqual(['/GetImagePolicy', '/listresources']);
  });

  it('reads the policy and what it grants', async () => {
    const stub = await startAwsStub(awsWith({ '/GetImagePolicy': { policy: document } }));

    const [observed] = await observe(stub, [image]);

    expect(observed?.policy).toBe(document);
    expect(observed?.policyGrants).toEqual([{ principal: '222222222222', action: 'imagebuilder:GetImage' }]);
  });

  it('reads a share with its tag, its place, its principals and its permissions', async () => {
    const stub = await startAwsStub(
      awsWith({
        ...sharedIn([shareArn]),
        '/getresourceshares': {
          resourceShares: [aShare({ tags: [{ key: 'policy-rollout:rollout', value: 'golden' }] })],
        },
        RESOURCE: { resourceShareAssociations: [inShare(image), inShare(otherImage)] },
        PRINCIPAL: {
          resourceShareAssociations: [
            inShare('arn:aws:organizations::999999999999:organization/o-abcdefgh12'),
            inShare('222222222222', { lastUpdatedTime: 1700000000.5 }),
          ],
        },
      }),
    );

    const [observed] = await observe(stub, [image]);

    expect(observed?.shares).toEqual([
      {
        shareArn,
        name: 'a-share',
        featureSet: 'STANDARD',
        status: 'ACTIVE',
        rolloutTag: 'golden',
        imageStatus: 'ASSOCIATED',
        otherResourceCount: 1,
        principals: [
          {
            principal: '222222222222',
            associatedEntity: '222222222222',
            status: 'ASSOCIATED',
            changedAtMs: 1_700_000_000_500,
            hasPendingInvitation: false,
          },
          {
            principal: 'o-abcdefgh12',
            associatedEntity: 'arn:aws:organizations::999999999999:organization/o-abcdefgh12',
            status: 'ASSOCIATED',
            changedAtMs: 1_600_000_000_000,
            hasPendingInvitation: false,
          },
        ],
        permissions: [{ permissionArn: defaultPermission, featureSet: 'STANDARD', actions: pair }],
      },
    ]);
  });

  it('leaves out deleted shares, and shares that the image has left', async () => {
    const stub = await startAwsStub(
      awsWith({
        ...sharedIn([shareArn, otherShareArn]),
        '/getresourceshares': {
          resourceShares: [aShare({ status: 'DELETED' }), aShare({ resourceShareArn: otherShareArn })],
        },
        RESOURCE: {
          resourceShareAssociations: [inShare(image, { resourceShareArn: otherShareArn, status: 'DISASSOCIATED' })],
        },
      }),
    );

    const [observed] = await observe(stub, [image]);

    expect(observed?.shares).toEqual([]);
  });

  it('keeps several shares of one image, by ARN', async () => {
    const arns = [otherShareArn, shareArn];
    const stub = await startAwsStub(
      awsWith({
        ...sharedIn(arns),
        '/getresourceshares': { resourceShares: arns.map((arn) => aShare({ resourceShareArn: arn })) },
        RESOURCE: { resourceShareAssociations: arns.map((arn) => inShare(image, { resourceShareArn: arn })) },
      }),
    );

    const [observed] = await observe(stub, [image]);

    expect(observed?.shares.map((share) => share.shareArn)).toEqual([shareArn, otherShareArn]);
  });

  it('waits for an image that one list names in a share and the other does not yet', async () => {
    const stub = await startAwsStub(awsWith({ ...sharedIn([shareArn]), RESOURCE: { resourceShareAssociations: [] } }));

    const [observed] = await observe(stub, [image]);

    expect(observed?.shares).toMatchObject([{ imageStatus: 'ASSOCIATING' }]);
  });

  it('does not go on without a share that RAM names and does not show', async () => {
    const stub = await startAwsStub(awsWith({ ...sharedIn([shareArn]), '/getresourceshares': { resourceShares: [] } }));

    await expect(observe(stub, [image])).rejects.toMatchObject({
      code: 'aws-not-there-yet',
      context: { item: shareArn },
    });
  });

  it('takes a word that RAM adds one day for a state to wait in', async () => {
    const stub = await startAwsStub(
      awsWith({
        ...sharedIn([shareArn]),
        '/getresourceshares': { resourceShares: [aShare({ featureSet: 'NEW', status: 'NEW' })] },
        RESOURCE: { resourceShareAssociations: [inShare(image, { status: 'NEW' })] },
      }),
    );

    const [observed] = await observe(stub, [image]);

    expect(observed?.shares).toMatchObject([
      { featureSet: 'PROMOTING_TO_STANDARD', status: 'PENDING', imageStatus: 'ASSOCIATING' },
    ]);
  });

  it('prefers the association that came after one that has ended', async () => {
    const ended = inShare('222222222222', { status: 'DISASSOCIATED', lastUpdatedTime: 1700000002 });
    const stub = await startAwsStub(
      awsWith({
        ...sharedIn([shareArn]),
        PRINCIPAL: {
          resourceShareAssociations: [
            ended,
            inShare('222222222222', { lastUpdatedTime: 1700000001 }),
            { ...ended, associatedEntity: '333333333333' },
          ],
        },
      }),
    );

    const [observed] = await observe(stub, [image]);

    expect(observed?.shares[0]?.principals).toMatchObject([{ principal: '222222222222', status: 'ASSOCIATED' }]);
  });

  it('asks for invitations only where a principal is ASSOCIATING, and knows who has one', async () => {
    const stub = await startAwsStub(
      awsWith({
        ...sharedIn([shareArn]),
        PRINCIPAL: {
          resourceShareAssociations: [
            inShare('222222222222', { status: 'ASSOCIATING' }),
            inShare('333333333333', { status: 'ASSOCIATING' }),
          ],
        },
        '/getresourceshareinvitations': {
          resourceShareInvitations: [
            { resourceShareArn: shareArn, receiverAccountId: '222222222222', status: 'PENDING' },
            { resourceShareArn: shareArn, receiverAccountId: '333333333333', status: 'REJECTED' },
          ],
        },
      }),
    );

    const [observed] = await observe(stub, [image]);

    expect(observed?.shares[0]?.principals.map((principal) => principal.hasPendingInvitation)).toEqual([true, false]);
  });

  it.each([
    [errorReply(400, 'OperationNotPermittedException'), true],
    [errorReply(503, 'ServiceUnavailableException'), false],
  ])('goes on where an owner may not see invitations, not where the answer would come later', async (reply, goesOn) => {
    const stub = await startAwsStub((request) =>
      request.path === '/getresourceshareinvitations'
        ? reply
        : awsWith({
            ...sharedIn([shareArn]),
            PRINCIPAL: { resourceShareAssociations: [inShare('222222222222', { status: 'ASSOCIATING' })] },
          })(request),
    );

    const isObserved = await observe(stub, [image]).then(
      () => true,
      () => false,
    );

    expect(isObserved).toBe(goesOn);
  });

  it('reads lists to their end over empty pages', async () => {
    const resources = [{ arn: image, resourceShareArn: shareArn }];
    const stub = await startAwsStub((request) => {
      if (request.path !== '/listresources') return awsWith(sharedIn([shareArn]))(request);
      const page = Number(bodyOf(request)['nextToken'] ?? '0');
      return jsonReply(page < 3 ? { resources: [], nextToken: String(page + 1) } : { resources });
    });

    const [observed] = await observe(stub, [image]);

    expect(observed?.shares).toHaveLength(1);
    expect(pathsOf(stub).filter((path) => path === '/listresources')).toHaveLength(4);
  });

  it('fails where a list gives the same token for ever', async () => {
    const stub = await startAwsStub((request) =>
      request.path === '/listresources' ? jsonReply({ resources: [], nextToken: 'again' }) : awsWith({})(request),
    );

    await expect(observe(stub, [image])).rejects.toMatchObject({ code: 'aws-unknown' });
  });

  it('reads the shares of a hundred images with one call of each list, in the order of the images', async () => {
    const images = Array.from({ length: 150 }, (_, index) =>
      parseImageArn(`${image.slice(0, -1)}${index + 1}`),
    ).reverse();
    const stub = await startAwsStub((request) => {
      if (request.path !== '/listresources') {
        return awsWith({ RESOURCE: { resourceShareAssociations: images.map((arn) => inShare(arn)) } })(request);
      }
      const { resourceArns } = bodyOf(request);
      return jsonReply({ resources: textsOf(resourceArns).map((arn) => ({ arn, resourceShareArn: shareArn })) });
    });

    const observed = await observe(stub, images);

    expect(observed.map((one) => one.image)).toEqual(images);
    expect(observed.every(({ shares }) => shares[0]?.otherResourceCount === 149)).toBe(true);
    const paths = pathsOf(stub);
    expect(paths.filter((path) => path === '/GetImagePolicy')).toHaveLength(150);
    expect(paths.filter((path) => path === '/listresources')).toHaveLength(2);
    expect(paths.filter((path) => path === '/getresourceshareassociations')).toHaveLength(2);
    expect(paths.filter((path) => path === '/getresourceshares')).toHaveLength(1);
  });

  it('reads the body of a promoted permission once, and that of one made from a policy each time', async () => {
    const featureSets = ['STANDARD', 'STANDARD', 'CREATED_FROM_POLICY', 'CREATED_FROM_POLICY'];
    const counts: number[] = [];
    const stub = await startAwsStub((request) => {
      const permission = { ...aPermission, arn: `p-${featureSets[0]}`, featureSet: featureSets[0] };
      return awsWith({ ...sharedIn([shareArn]), '/listresourcesharepermissions': { permissions: [permission] } })(
        request,
      );
    });

    while (featureSets.length > 0) {
      await observe(stub, [image]);
      counts.push(pathsOf(stub).filter((path) => path === '/getpermission').length);
      featureSets.shift();
    }

    expect(counts).toEqual([1, 1, 2, 3]);
  });

  it('asks RAM which shares have the permission of one, and reads the others by themselves', async () => {
    const own = { ...aPermission, arn: `${customerPermissions}/own`, permissionType: 'CUSTOMER_MANAGED' };
    const { stub, images } = await manyShares({
      count: 20,
      permissionOf: (index) => (index === 7 ? own : aPermission),
    });

    const observed = await observe(stub, images);

    const permissions = observed.map(({ shares }) => shares[0]?.permissions[0]?.permissionArn);
    expect(permissions).toEqual(images.map((_, index) => (index === 7 ? own.arn : defaultPermission)));
    const paths = pathsOf(stub);
    expect(paths.filter((path) => path === '/listresourcesharepermissions')).toHaveLength(2);
    expect(paths.filter((path) => path === '/getresourceshares')).toHaveLength(2);
  });

  it('asks about a permission of AWS again at every look, and never goes by what it saw before', async () => {
    let isReplaced = false;
    const own = { ...aPermission, arn: `${customerPermissions}/own`, permissionType: 'CUSTOMER_MANAGED' };
    const { stub, images } = await manyShares({ count: 5, permissionOf: () => (isReplaced ? own : aPermission) });

    await observe(stub, images);
    isReplaced = true;
    const observed = await observe(stub, images);

    const permissions = observed.map(({ shares }) => shares[0]?.permissions[0]?.permissionArn);
    expect(permissions).toEqual(images.map(() => own.arn));
  });

  it('asks a share by itself where its policy says something else than what was read of many', async () => {
    const own = { ...aPermission, arn: `${customerPermissions}/own`, permissionType: 'CUSTOMER_MANAGED' };
    const { stub, images } = await manyShares({
      count: 10,
      permissionOf: (index) => (index === 7 ? own : aPermission),
      policyOf: (index) => (index === 7 ? document : '{}'),
      // As an AWS would that does not know the filter.
      isFilterIgnored: true,
    });

    const observed = await observe(stub, images);

    const permissions = observed.map(({ shares }) => shares[0]?.permissions[0]?.permissionArn);
    expect(permissions).toEqual(images.map((_, index) => (index === 7 ? own.arn : defaultPermission)));
  });

  it('reads the permissions of each share that a policy made', async () => {
    const unpromoted = { ...aPermission, arn: `${customerPermissions}/made`, featureSet: 'CREATED_FROM_POLICY' };
    const { stub, images } = await manyShares({ count: 10, permissionOf: () => unpromoted });

    await observe(stub, images);

    expect(pathsOf(stub).filter((path) => path === '/listresourcesharepermissions')).toHaveLength(10);
  });

  it('reads a condition in canonical form, and leaves out permissions for other types', async () => {
    const condition = { StringEquals: { 'aws:SourceVpc': 'vpc-1' } };
    const stub = await startAwsStub(
      awsWith({
        ...sharedIn([shareArn]),
        '/listresourcesharepermissions': {
          permissions: [aPermission, { ...aPermission, arn: 'another', resourceType: 'imagebuilder:Component' }],
        },
        '/getpermission': {
          permission: {
            permission: JSON.stringify({ Effect: 'Allow', Action: 'imagebuilder:getimage', Condition: condition }),
          },
        },
      }),
    );

    const [observed] = await observe(stub, [image]);

    expect(observed?.shares[0]?.permissions).toEqual([
      {
        permissionArn: defaultPermission,
        featureSet: 'STANDARD',
        actions: ['imagebuilder:GetImage'],
        condition: '{"StringEquals":{"aws:SourceVpc":["vpc-1"]}}',
      },
    ]);
  });

  it('says which image is gone', async () => {
    const stub = await startAwsStub((request) =>
      request.query.get('imageArn') === otherImage
        ? errorReply(404, 'ResourceNotFoundException')
        : awsWith({})(request),
    );

    await expect(observe(stub, [image, otherImage])).rejects.toMatchObject({
      code: 'image-gone',
      context: { item: otherImage },
    });
  });

  it('starts no further read of a policy once one has failed', async () => {
    const images = Array.from({ length: 50 }, (_, index) => parseImageArn(`${image.slice(0, -1)}${index + 1}`));
    const stub = await startAwsStub((request) =>
      request.path === '/GetImagePolicy' ? errorReply(404, 'ResourceNotFoundException') : awsWith({})(request),
    );

    await expect(observe(stub, images)).rejects.toMatchObject({ code: 'image-gone' });

    expect(pathsOf(stub).filter((path) => path === '/GetImagePolicy').length).toBeLessThanOrEqual(8);
  });

  it('repeats a read as its caller decides', async () => {
    const stub = await startAwsStub((request, earlier) =>
      earlier.some(({ path }) => path === request.path)
        ? awsWith({})(request)
        : errorReply(503, 'ServiceUnavailableException'),
    );
    const failures: string[] = [];
    const twice: AwsCall['read'] = (once) =>
      once().catch((error: unknown) => {
        failures.push(error instanceof AppError ? error.code : 'other');
        return once();
      });

    const [observed] = await observe(stub, [image], twice);

    expect(observed?.policy).toBeNull();
    expect(failures).toEqual(['aws-unavailable', 'aws-unavailable']);
  });
});

describe('glimpseShares', () => {
  it('gives nobody the shares that somebody else asks for at the same time', async () => {
    const resourceShares = [aShare(), aShare({ resourceShareArn: otherShareArn })];
    const stub = await startAwsStub(awsWith({ '/getresourceshares': { resourceShares } }));
    const glimpse = (arn: string) => glimpseShares(stub.clients, access, [arn], callOnce());

    const [own, other] = await Promise.all([glimpse(shareArn), glimpse(otherShareArn)]);

    expect(own).toMatchObject([{ shareArn }]);
    expect(other).toMatchObject([{ shareArn: otherShareArn }]);
    expect(pathsOf(stub)).toEqual(['/getresourceshares']);
  });
});

describe('readImageStatus', () => {
  it.each([
    [jsonReply({ image: { state: { status: 'BUILDING' } } }), 'BUILDING'],
    [jsonReply({}), 'aws-unknown'],
    [jsonReply({ image: {} }), 'aws-unknown'],
    [errorReply(400, 'InvalidRequestException'), 'image-gone'],
    [errorReply(403, 'ForbiddenException'), 'aws-access-denied'],
  ])('tells what GetImage says (%#)', async (reply, expected) => {
    const stub = await startAwsStub(({ path }) => (path === '/GetImage' ? reply : jsonReply({ policy: '{}' })));

    const status = await readImageStatus(stub.clients, access, image, callOnce()).catch((error: unknown) =>
      error instanceof AppError ? error.code : 'other',
    );

    expect(status).toBe(expected);
    expect(stub.requests[0]?.query.get('imageBuildVersionArn')).toBe(image);
  });

  it('takes an image that GetImage forbids for gone where its policy is not found', async () => {
    const stub = await startAwsStub(({ path }) =>
      path === '/GetImage' ? errorReply(403, 'ForbiddenException') : errorReply(404, 'ResourceNotFoundException'),
    );

    const status = readImageStatus(stub.clients, access, image, callOnce());

    await expect(status).rejects.toMatchObject({ code: 'image-gone' });
  });
});

const aPermission = {
  arn: defaultPermission,
  version: '1',
  featureSet: 'STANDARD',
  resourceType: 'imagebuilder:Image',
  creationTime: 1500000000,
};

function observe({ clients }: AwsStub, images: readonly ImageArn[], read: AwsCall['read'] = (once) => once()) {
  return lookAt(clients, access, images, { call: { ...callOnce(), read }, nowMs: 1_000 });
}

/** RAM with one share of the image, where a test does not say otherwise; a list of associations goes by its type. */
function awsWith(answers: Readonly<Record<string, object>>): (request: StubRequest) => StubReply {
  const defaults: Readonly<Record<string, object>> = {
    '/GetImagePolicy': { policy: '{}' },
    '/listresources': { resources: [] },
    '/getresourceshares': { resourceShares: [aShare()] },
    RESOURCE: { resourceShareAssociations: [inShare(image)] },
    PRINCIPAL: { resourceShareAssociations: [] },
    '/listresourcesharepermissions': { permissions: [aPermission] },
    '/getpermission': { permission: { permission: JSON.stringify({ Effect: 'Allow', Action: pair }) } },
  };
  return (request) => {
    const type = request.body === '' ? undefined : bodyOf(request)['associationType'];
    return jsonReply({ ...defaults, ...answers }[typeof type === 'string' ? type : request.path] ?? {});
  };
}

/** Images in a share each, with the permission that is said, as RAM tells it to whoever asks about a permission too. */
async function manyShares({
  count,
  permissionOf,
  policyOf = () => '{}',
  isFilterIgnored = false,
}: {
  readonly count: number;
  readonly permissionOf: (index: number) => { readonly arn: string; readonly version: string };
  readonly policyOf?: (index: number) => string;
  readonly isFilterIgnored?: boolean;
}): Promise<{ readonly stub: AwsStub; readonly images: readonly ImageArn[] }> {
  const images = Array.from({ length: count }, (_, index) => parseImageArn(`${image.slice(0, -1)}${index + 1}`));
  const shareArnOf = (index: number): string => `${shareArn}-${String(index).padStart(2, '0')}`;
  const stub = await startAwsStub((request) => {
    const body = request.body === '' ? {} : bodyOf(request);
    const asked = textsOf(body['resourceShareArns']);
    switch (request.path) {
      case '/GetImagePolicy': {
        const index = images.findIndex((arn) => arn === request.query.get('imageArn'));
        return jsonReply({ policy: policyOf(index) });
      }
      case '/listresources':
        return jsonReply({ resources: images.map((arn, index) => ({ arn, resourceShareArn: shareArnOf(index) })) });
      case '/getresourceshares': {
        const { permissionArn, permissionVersion } = body;
        const isMeant = (index: number): boolean => {
          const { arn, version } = permissionOf(index);
          if (isFilterIgnored) return true;
          return permissionArn === undefined || (permissionArn === arn && permissionVersion === Number(version));
        };
        const shares = images.flatMap((_, index) => (isMeant(index) ? shareArnOf(index) : []));
        const shown = shares.filter((arn) => asked.includes(arn));
        return jsonReply({ resourceShares: shown.map((arn) => aShare({ resourceShareArn: arn })) });
      }
      case '/listresourcesharepermissions': {
        const index = images.findIndex((_, place) => shareArnOf(place) === body['resourceShareArn']);
        return jsonReply({ permissions: [permissionOf(index)] });
      }
      case '/getresourceshareassociations':
        return jsonReply({ resourceShareAssociations: [] });
      default:
        return awsWith({})(request);
    }
  });
  return { stub, images };
}

function sharedIn(shareArns: readonly string[]): Readonly<Record<string, object>> {
  return { '/listresources': { resources: shareArns.map((arn) => ({ arn: image, resourceShareArn: arn })) } };
}

function aShare(change: object = {}): object {
  return { resourceShareArn: shareArn, name: 'a-share', status: 'ACTIVE', featureSet: 'STANDARD', ...change };
}

function inShare(associatedEntity: string, change: object = {}): object {
  return { resourceShareArn: shareArn, associatedEntity, status: 'ASSOCIATED', creationTime: 1600000000, ...change };
}

function pathsOf({ requests }: AwsStub): readonly string[] {
  return requests.map(({ path }) => path).sort();
}

function bodyOf({ body }: StubRequest): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(body);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

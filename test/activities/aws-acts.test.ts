import { describe, expect, it } from 'vitest';
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
import { findPermission } from '../../src/aws/permissions.ts';
import type { PermissionBody } from '../../src/aws/permission-body.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import type { StubReply, StubRequest } from './aws-stub.ts';
import { access, callOnce, errorReply, jsonReply, startAwsStub } from './aws-stub.ts';

const image = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1');
const shareArn = 'arn:aws:ram:us-east-1:111111111111:resource-share/s-1';
const permissionArn = 'arn:aws:ram:us-east-1:111111111111:permission/p-1';
const clientToken = 'token-1';
const condition = '{"StringEquals":{"aws:SourceVpc":["vpc-1"]}}';
const entities = ['222222222222', '333333333333'];
const pair = ['imagebuilder:GetImage', 'imagebuilder:ListImages'];

interface WireCase {
  readonly title: string;
  readonly act: (clients: AwsClients) => Promise<unknown>;
  readonly sent: { readonly method: string; readonly path: string; readonly query?: object; readonly body?: object };
  readonly answer?: object;
  readonly result?: object;
}

const wireCases: readonly WireCase[] = [
  {
    title: 'putImagePolicy',
    act: (clients) => putImagePolicy(clients, access, { image, document: '{"a":1}' }, callOnce()),
    sent: { method: 'PUT', path: '/PutImagePolicy', body: { imageArn: image, policy: '{"a":1}' } },
  },
  {
    title: 'promoteShare',
    act: (clients) => promoteShare(clients, access, { shareArn }, callOnce()),
    sent: {
      method: 'POST',
      path: '/promoteresourcesharecreatedfrompolicy',
      query: { resourceShareArn: shareArn },
    },
    answer: { returnValue: true },
  },
  {
    title: 'promotePermission',
    act: (clients) => promotePermission(clients, access, { permissionArn, name: 'p-2', clientToken }, callOnce()),
    sent: {
      method: 'POST',
      path: '/promotepermissioncreatedfrompolicy',
      body: { permissionArn, name: 'p-2', clientToken },
    },
    answer: { permission: { arn: 'new-arn' } },
    result: { permissionArn: 'new-arn' },
  },
  {
    title: 'createPermission',
    act: (clients) =>
      createPermission(clients, access, { name: 'p-2', actions: pair, condition, clientToken }, callOnce()),
    sent: {
      method: 'POST',
      path: '/createpermission',
      body: {
        name: 'p-2',
        resourceType: 'imagebuilder:Image',
        policyTemplate: `{"Effect":"Allow","Action":${JSON.stringify(pair)},"Condition":${condition}}`,
        clientToken,
      },
    },
    answer: { permission: { arn: 'new-arn' } },
    result: { permissionArn: 'new-arn' },
  },
  {
    title: 'replaceSharePermission',
    act: (clients) => replaceSharePermission(clients, access, { shareArn, permissionArn, clientToken }, callOnce()),
    sent: {
      method: 'POST',
      path: '/associateresourcesharepermission',
      body: { resourceShareArn: shareArn, permissionArn, replace: true, clientToken },
    },
    answer: { returnValue: true },
  },
  {
    title: 'associatePrincipals',
    act: (clients) => associatePrincipals(clients, access, { shareArn, entities, clientToken }, callOnce()),
    sent: {
      method: 'POST',
      path: '/associateresourceshare',
      body: { resourceShareArn: shareArn, principals: entities, clientToken },
    },
  },
  {
    title: 'disassociatePrincipals',
    act: (clients) => disassociatePrincipals(clients, access, { shareArn, entities, clientToken }, callOnce()),
    sent: {
      method: 'POST',
      path: '/disassociateresourceshare',
      body: { resourceShareArn: shareArn, principals: entities, clientToken },
    },
  },
  {
    title: 'disassociateImage',
    act: (clients) => disassociateImage(clients, access, { shareArn, image, clientToken }, callOnce()),
    sent: {
      method: 'POST',
      path: '/disassociateresourceshare',
      body: { resourceShareArn: shareArn, resourceArns: [image], clientToken },
    },
  },
  {
    title: 'deleteShare',
    act: (clients) => deleteShare(clients, access, { shareArn, clientToken }, callOnce()),
    sent: { method: 'DELETE', path: '/deleteresourceshare', query: { resourceShareArn: shareArn, clientToken } },
    answer: { returnValue: true },
  },
  {
    title: 'tagShare',
    act: (clients) => tagShare(clients, access, { shareArn, tags: { 'policy-rollout:rollout': 'golden' } }, callOnce()),
    sent: {
      method: 'POST',
      path: '/tagresource',
      body: { resourceShareArn: shareArn, tags: [{ key: 'policy-rollout:rollout', value: 'golden' }] },
    },
  },
  {
    title: 'createShare',
    act: (clients) => {
      const share = { name: 's', image, entities, permissionArn, tags: { a: 'b' }, allowExternalPrincipals: false };
      return createShare(clients, access, { ...share, clientToken }, callOnce());
    },
    sent: {
      method: 'POST',
      path: '/createresourceshare',
      body: {
        name: 's',
        resourceArns: [image],
        principals: entities,
        permissionArns: [permissionArn],
        tags: [{ key: 'a', value: 'b' }],
        allowExternalPrincipals: false,
        clientToken,
      },
    },
    answer: { resourceShare: { resourceShareArn: shareArn } },
    result: { shareArn },
  },
];

describe('a write', () => {
  it.each(wireCases)('$title is one request, and gives its id', async ({ act, sent, answer = {}, result = {} }) => {
    const { clients, requests } = await startAwsStub(() => jsonReply(answer));

    const given = await act(clients);

    expect(given).toEqual({ requestId: 'request-1', ...result });
    expect(requests.map(wireForm)).toEqual([{ query: {}, body: {}, ...sent }]);
  });

  it.each(wireCases.filter(({ answer }) => answer !== undefined && 'returnValue' in answer))(
    '$title with returnValue false fails',
    async ({ act }) => {
      const { clients } = await startAwsStub(() => jsonReply({ returnValue: false }));

      await expect(act(clients)).rejects.toMatchObject({ code: 'aws-returned-false' });
    },
  );

  it.each(wireCases.filter(({ result }) => result !== undefined))(
    '$title without the ARN in its answer fails, and may have been done',
    async ({ act }) => {
      const { clients } = await startAwsStub(() => jsonReply({}));

      await expect(act(clients)).rejects.toMatchObject({ code: 'aws-unknown', context: { isUnanswered: true } });
    },
  );

  it.each(wireCases)('$title is made once, also where AWS is unavailable', async ({ act }) => {
    const { clients, requests } = await startAwsStub(() => errorReply(503, 'ServiceUnavailableException'));

    await expect(act(clients)).rejects.toMatchObject({ context: { isUnanswered: true } });

    expect(requests).toHaveLength(1);
  });
});

describe('findPermission', () => {
  const permissions = [
    summary('made-from-policy', { featureSet: 'CREATED_FROM_POLICY' }),
    summary('deleted', { status: 'DELETED' }),
    summary('for-components', { resourceType: 'imagebuilder:Component' }),
    summary('wider'),
    summary('under-a-condition'),
    summary('equal'),
    summary('equal-too'),
  ];
  const bodies: Readonly<Record<string, object>> = {
    wider: { Action: [...pair, 'imagebuilder:GetImagePolicy'] },
    'under-a-condition': { Action: pair, Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } },
  };
  const reply = ({ path, body }: StubRequest): StubReply => {
    if (path === '/listpermissions') return jsonReply({ permissions });
    const name = Object.keys(bodies).find((known) => body.includes(known)) ?? '';
    return jsonReply({
      permission: { permission: JSON.stringify({ Effect: 'Allow', ...(bodies[name] ?? { Action: pair }) }) },
    });
  };

  it.each<[string, PermissionBody, string | null]>([
    ['exactly these actions, in any order', { actions: pair.toReversed() }, 'equal'],
    ['the same condition', { actions: pair, condition }, 'under-a-condition'],
    ['fewer actions', { actions: ['imagebuilder:GetImage'] }, null],
  ])('finds a STANDARD permission for images that allows %s', async (_, wanted, expected) => {
    const { clients } = await startAwsStub(reply);

    const found = await findPermission(clients, access, wanted, callOnce());

    expect(found).toBe(expected);
  });

  it('reads each body once', async () => {
    const { clients, requests } = await startAwsStub(reply);

    await findPermission(clients, access, { actions: [] }, callOnce());
    await findPermission(clients, access, { actions: [] }, callOnce());

    expect(requests.filter(({ path }) => path === '/getpermission')).toHaveLength(4);
  });
});

function summary(arn: string, change: object = {}): object {
  return {
    arn,
    version: '1',
    featureSet: 'STANDARD',
    status: 'ATTACHABLE',
    resourceType: 'imagebuilder:Image',
    ...change,
  };
}

function wireForm({ method, path, query, body }: StubRequest): object {
  const sent: unknown = body === '' ? {} : JSON.parse(body);
  return { method, path, query: Object.fromEntries(query), body: sent };
}

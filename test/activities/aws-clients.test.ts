import { describe, expect, it, vi } from 'vitest';
import type { AwsAccess } from '../../src/aws/access.ts';
import { putImagePolicy } from '../../src/aws/acts.ts';
import type { AwsClients } from '../../src/aws/clients.ts';
import { readImageStatus } from '../../src/aws/observe.ts';
import { keepRecent } from '../../src/aws/recent.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import type { StubReply, StubRequest } from './aws-stub.ts';
import { access, callOnce, errorReply, jsonReply, startAwsStub } from './aws-stub.ts';

const image = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1');
const roleArn = 'arn:aws:iam::111111111111:role/policy-rollout';
const inRole: AwsAccess = { ...access, region: 'eu-west-1', roleArn, externalId: 'outside-1' };
const anHourMs = 3_600_000;

describe('a client', () => {
  it('is one for each account, Region and role', async () => {
    const { clients } = await startAwsStub(() => 'silence');

    const first = clients.ram(access);

    expect(clients.ram({ ...access })).toBe(first);
    expect(clients.ram({ ...access, region: 'eu-west-1' })).not.toBe(first);
    expect(clients.ram({ ...access, account: '222222222222' })).not.toBe(first);
    expect(clients.ram({ ...access, roleArn })).not.toBe(first);
  });

  it('sends each call once, and says so', async () => {
    const { clients, requests } = await startAwsStub(() => errorReply(503, 'ServiceUnavailableException'));

    await expect(put(clients, access)).rejects.toMatchObject({ code: 'aws-unavailable' });

    expect(requests.map(({ path, headers }) => [path, headers['amz-sdk-request']])).toEqual([
      ['/PutImagePolicy', 'attempt=1; max=1'],
    ]);
  });

  it('waits before the next call of an operation that AWS throttled, and not before others', async () => {
    const { clients, requests } = await startAwsStub(({ path }) =>
      path === '/PutImagePolicy' ? errorReply(429, 'CallRateLimitExceededException') : statusReply,
    );
    await expect(put(clients, access)).rejects.toMatchObject({ code: 'aws-throttled' });
    const controller = new AbortController();

    const paced = putImagePolicy(clients, access, { image, document: '{}' }, callOnce(controller.signal));
    const status = await readImageStatus(clients, access, image, callOnce());
    controller.abort();

    await expect(paced).rejects.toMatchObject({ name: 'AbortError' });
    expect(status).toBe('AVAILABLE');
    expect(requests.map(({ path }) => path)).toEqual(['/PutImagePolicy', '/GetImage']);
  });

  it('calls on where AWS is unavailable: only throttling lowers the pace', async () => {
    const { clients, requests } = await startAwsStub(() => errorReply(503, 'ServiceUnavailableException'));

    for (let call = 0; call < 6; call += 1) {
      await expect(put(clients, access)).rejects.toMatchObject({ code: 'aws-unavailable' });
    }
    await clients.pace(access, 'PutImagePolicy').begin(AbortSignal.timeout(50), undefined);

    expect(requests).toHaveLength(6);
  });

  it('keeps the cap of a rollout for each operation in an account and Region, with whatever role', async () => {
    const { clients } = await startAwsStub(() => statusReply);
    const capped = { ...access, rateLimits: { PutImagePolicy: 1 } };
    await put(clients, capped);

    const slower = put(clients, { ...access, roleArn }, AbortSignal.timeout(100));
    await readImageStatus(clients, capped, image, callOnce());
    await put(clients, { ...capped, region: 'eu-west-1' });

    await expect(slower).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('keeps an urgent rollout to no cap of another', async () => {
    const { clients, requests } = await startAwsStub(() => statusReply);
    const capped = { ...access, rateLimits: { PutImagePolicy: 0.5 } };
    await put(clients, capped);
    const controller = new AbortController();

    const waiting = put(clients, capped, controller.signal);
    await put(clients, { ...access, isUrgent: true });
    controller.abort();

    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(requests).toHaveLength(2);
  });

  it('ends a call on the wire when it is cancelled, and no other', async () => {
    const { clients, requests, abandoned } = await startAwsStub(() => 'silence');
    const [one, other] = [new AbortController(), new AbortController()];
    const calls = ['one', 'other'].map((document, index) =>
      putImagePolicy(clients, access, { image, document }, callOnce([one, other][index]?.signal)),
    );
    await vi.waitFor(() => expect(requests).toHaveLength(2));

    other.abort();

    await expect(calls[1]).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(abandoned.map(({ body }) => documentOf(body))).toEqual(['other']));
    one.abort();
    await expect(calls[0]).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('uses a connection again', async () => {
    const { clients, requests } = await startAwsStub(() => statusReply);

    await readImageStatus(clients, access, image, callOnce());
    await readImageStatus(clients, inOtherRegion, image, callOnce());

    expect(requests).toHaveLength(2);
    expect(new Set(requests.map(({ port }) => port)).size).toBe(1);
  });
});

describe('credentials', () => {
  it('of a role are asked for with the external id, in the Region of the access, once for all operations', async () => {
    const { clients, requests } = await startAwsStub(signedBy('KEY1'));

    await Promise.all([put(clients, inRole), readImageStatus(clients, inRole, image, callOnce())]);
    await put(clients, inRole);

    const [assumed, ...others] = requests.filter(isSts);
    expect(others).toEqual([]);
    expect(Object.fromEntries(new URLSearchParams(assumed?.body))).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: roleArn,
      ExternalId: 'outside-1',
      RoleSessionName: 'policy-rollout',
    });
    expect(assumed?.headers['authorization']).toContain('/eu-west-1/sts/');
    expect(requests.filter((request) => !isSts(request)).map(keyOf)).toEqual(['KEY1', 'KEY1', 'KEY1']);
  });

  it('are fetched for all who wait for them, although the first is cancelled', async () => {
    const first = new AbortController();
    const { clients } = await startAwsStub((request) => {
      if (isSts(request)) first.abort();
      return signedBy('KEY1')(request);
    });

    const calls = await Promise.allSettled([put(clients, inRole, first.signal), put(clients, inRole)]);

    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('of the environment are used as they are where no role is given', async () => {
    const { clients, requests } = await startAwsStub(() => jsonReply({}));

    await put(clients, access);

    expect(requests.map(keyOf)).toEqual(['test']);
  });

  it('that AWS calls expired are fetched anew for the next call', async () => {
    const { clients, requests } = await startAwsStub((request, earlier) => {
      if (isSts(request)) return credentialsReply(`KEY${earlier.filter(isSts).length + 1}`);
      return keyOf(request) === 'KEY1' ? errorReply(403, 'ExpiredTokenException') : jsonReply({});
    });

    await expect(put(clients, inRole)).rejects.toMatchObject({ code: 'aws-credentials-expired' });
    await put(clients, inRole);

    expect(requests.filter((request) => !isSts(request)).map(keyOf)).toEqual(['KEY1', 'KEY2']);
  });

  it('of the environment that have expired are read anew', async () => {
    const { clients, requests } = await startAwsStub((request) =>
      keyOf(request) === 'test' ? errorReply(403, 'ExpiredTokenException') : jsonReply({}),
    );
    await expect(put(clients, access)).rejects.toMatchObject({ code: 'aws-credentials-expired' });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'renewed');

    await put(clients, access);

    expect(requests.map(keyOf)).toEqual(['test', 'renewed']);
  });

  it('that end within five minutes are not used, but fetched anew', async () => {
    const { clients, requests } = await startAwsStub((request, earlier) => {
      const count = earlier.filter(isSts).length;
      const lifeMs = count === 0 ? 240_000 : anHourMs;
      return isSts(request) ? credentialsReply(`KEY${count + 1}`, lifeMs) : jsonReply({});
    });

    await put(clients, inRole);
    await put(clients, inRole);

    expect(requests.filter((request) => !isSts(request)).map(keyOf)).toEqual(['KEY2', 'KEY2']);
    expect(requests.filter(isSts)).toHaveLength(2);
  });

  it('that a role refuses are an access that is denied, with the role and the external id in the sentence', async () => {
    const { clients, requests } = await startAwsStub(() => stsError(403, 'AccessDenied', 'not authorized'));

    const written = put(clients, inRole);

    await expect(written).rejects.toMatchObject({ code: 'aws-access-denied', context: { awsName: 'AccessDenied' } });
    await expect(written).rejects.not.toHaveProperty('context.isUnanswered');
    await expect(written).rejects.toThrow(
      `Assuming ${roleArn} for PutImagePolicy of ${image} failed: AccessDenied (HTTP 403): not authorized; check that its trust policy names the worker, and that the external id is the one it asks for`,
    );
    expect(requests).toHaveLength(1);
  });

  it.each([
    [400, 'ThrottlingException', 'aws-throttled'],
    [400, 'ExpiredToken', 'aws-credentials-expired'],
    [503, 'ServiceUnavailable', 'aws-unavailable'],
  ])('that STS refuses with %i %s fail as %s, and nothing was written', async (status, name, code) => {
    const { clients } = await startAwsStub(() => stsError(status, name, 'no'));

    const written = put(clients, inRole);

    await expect(written).rejects.toMatchObject({ code });
    await expect(written).rejects.not.toHaveProperty('context.isUnanswered');
  });

  it('that failed once are asked for again', async () => {
    const { clients } = await startAwsStub((request, earlier) => {
      if (!isSts(request)) return jsonReply({});
      return earlier.length === 0 ? stsError(503, 'ServiceUnavailable', 'no') : credentialsReply('KEY1');
    });
    await expect(put(clients, inRole)).rejects.toMatchObject({ code: 'aws-unavailable' });

    await expect(put(clients, inRole)).resolves.toEqual({ requestId: 'request-1' });
  });

  it('that nobody has are missing', async () => {
    const { clients, requests } = await startAwsStub(() => jsonReply({}));
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');

    await expect(put(clients, access)).rejects.toMatchObject({ code: 'aws-credentials-missing' });

    expect(requests).toEqual([]);
  });
});

describe('keepRecent', () => {
  it('makes a thing once, and drops what was used longest ago', () => {
    const made: string[] = [];
    const kept = keepRecent<string>(2);
    const use = (key: string): string =>
      kept.get(key, () => {
        made.push(key);
        return key;
      });

    const given = ['a', 'b', 'a', 'c', 'a', 'b'].map(use);

    expect(given).toEqual(['a', 'b', 'a', 'c', 'a', 'b']);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });
});

const inOtherRegion: AwsAccess = { ...access, region: 'eu-west-1' };
const statusReply = jsonReply({ image: { state: { status: 'AVAILABLE' } } });

function put(clients: AwsClients, where: AwsAccess, signal?: AbortSignal): Promise<unknown> {
  return putImagePolicy(clients, where, { image, document: '{}' }, callOnce(signal));
}

function documentOf(body: string): unknown {
  return new Map(Object.entries(JSON.parse(body) as object)).get('policy');
}

function signedBy(accessKeyId: string): (request: StubRequest) => StubReply {
  return (request) => {
    if (isSts(request)) return credentialsReply(accessKeyId);
    return request.path === '/GetImage' ? statusReply : jsonReply({});
  };
}

function isSts({ path, body }: StubRequest): boolean {
  return path === '/' && body.includes('AssumeRole');
}

function keyOf({ headers }: StubRequest): string | undefined {
  return /Credential=([^/]+)/.exec(String(headers['authorization']))?.[1];
}

function credentialsReply(accessKeyId: string, lifeMs = anHourMs): StubReply {
  const expiration = new Date(Date.now() + lifeMs).toISOString();
  const credentials = `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${expiration}</Expiration>`;
  const result = `<AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult>`;
  return xmlReply(200, `<AssumeRoleResponse>${result}</AssumeRoleResponse>`);
}

function stsError(status: number, name: string, message: string): StubReply {
  const error = `<Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error>`;
  return xmlReply(status, `<ErrorResponse>${error}<RequestId>request-1</RequestId></ErrorResponse>`);
}

function xmlReply(status: number, body: string): StubReply {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

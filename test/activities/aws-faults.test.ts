import { describe, expect, it } from 'vitest';
import {
  associatePrincipals,
  createPermission,
  deleteShare,
  disassociatePrincipals,
  promotePermission,
  promoteShare,
  putImagePolicy,
} from '../../src/aws/acts.ts';
import type { AwsClients } from '../../src/aws/clients.ts';
import { readImageStatus } from '../../src/aws/observe.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import { AppError } from '../../src/domain/errors.ts';
import { access, callOnce, errorReply, jsonReply, startAwsStub } from './aws-stub.ts';

const image = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1');
const shareArn = 'arn:aws:ram:us-east-1:111111111111:resource-share/s-1';
const permissionArn = 'arn:aws:ram:us-east-1:111111111111:permission/p-1';
const clientToken = 'token-1';

const put = (clients: AwsClients) => putImagePolicy(clients, access, { image, document: '{}' }, callOnce());
const promote = (clients: AwsClients) => promoteShare(clients, access, { shareArn }, callOnce());
const promoteBody = (clients: AwsClients) =>
  promotePermission(clients, access, { permissionArn, name: 'p', clientToken }, callOnce());
const entities = { shareArn, entities: ['222222222222'], clientToken };

const unavailable: readonly [number, string, ErrorCode, boolean][] = [
  [500, 'ServerInternalException', 'aws-server-error', true],
  [503, 'ServiceUnavailableException', 'aws-unavailable', true],
];

describe('PutImagePolicy', () => {
  it.each<[number, string, ErrorCode, boolean]>([
    [429, 'CallRateLimitExceededException', 'aws-throttled', false],
    [400, 'ClientException', 'aws-request-invalid', false],
    [403, 'ForbiddenException', 'aws-access-denied', false],
    [400, 'InvalidParameterValueException', 'aws-request-invalid', false],
    [400, 'InvalidRequestException', 'aws-request-invalid', false],
    [404, 'ResourceNotFoundException', 'image-gone', false],
    [500, 'ServiceException', 'aws-server-error', true],
    [503, 'ServiceUnavailableException', 'aws-unavailable', true],
  ])('with %i %s fails as %s (a write may have been done: %s)', (status, name, code, isUnanswered) =>
    expectFault(put, status, name, { code, isUnanswered, item: image }),
  );

  it.each<[number, string, ErrorCode]>([
    [403, 'AccessDeniedException', 'aws-access-denied'],
    [403, 'ExpiredTokenException', 'aws-credentials-expired'],
    [400, 'RequestExpired', 'aws-credentials-expired'],
    [403, 'UnrecognizedClientException', 'aws-credentials-expired'],
    [403, 'IncompleteSignature', 'aws-access-denied'],
    [401, 'NotAuthorized', 'aws-access-denied'],
    [403, 'OptInRequired', 'aws-access-denied'],
    [400, 'ThrottlingException', 'aws-throttled'],
    [400, 'RequestLimitExceeded', 'aws-throttled'],
    [429, 'TooManyRequestsException', 'aws-throttled'],
    [402, 'ServiceQuotaExceededException', 'aws-quota'],
    [413, 'RequestEntityTooLargeException', 'aws-request-invalid'],
    [400, 'MalformedHttpRequestException', 'aws-request-invalid'],
    [400, 'ValidationError', 'aws-request-invalid'],
    [400, 'RequestAbortedException', 'aws-unavailable'],
    [408, 'RequestTimeoutException', 'aws-unavailable'],
    [400, 'BrandNewException', 'aws-unknown'],
    [429, 'BrandNewException', 'aws-throttled'],
    [418, 'BrandNewException', 'aws-request-invalid'],
    [400, 'constructor', 'aws-unknown'],
  ])('with the common error %i %s fails as %s', (status, name, code) =>
    expectFault(put, status, name, { code, isUnanswered: false, item: image }),
  );

  it('with 500 InternalFailure may have been done', () =>
    expectFault(put, 500, 'InternalFailure', { code: 'aws-server-error', isUnanswered: true, item: image }));
});

describe('PromoteResourceShareCreatedFromPolicy', () => {
  it.each<[number, string, ErrorCode, boolean]>([
    ...unavailable,
    [400, 'InvalidParameterException', 'aws-request-invalid', false],
    [400, 'InvalidStateTransitionException', 'aws-state-conflict', false],
    [400, 'MalformedArnException', 'aws-request-invalid', false],
    [400, 'MissingRequiredParameterException', 'aws-request-invalid', false],
    [400, 'OperationNotPermittedException', 'promotion-refused', false],
    [400, 'ResourceShareLimitExceededException', 'aws-quota', false],
    [400, 'UnknownResourceException', 'aws-not-there-yet', false],
    [400, 'UnmatchedPolicyPermissionException', 'permission-unmatched', false],
    [429, 'ThrottlingException', 'aws-throttled', false],
  ])('with %i %s fails as %s (a write may have been done: %s)', (status, name, code, isUnanswered) =>
    expectFault(promote, status, name, { code, isUnanswered, item: shareArn }),
  );

  it('that answers returnValue false fails, although the SDK takes it for a success', async () => {
    const { clients } = await startAwsStub(() => jsonReply({ returnValue: false }));

    const failure = await failureOf(promote(clients));

    expect(failure).toMatchObject({
      code: 'aws-returned-false',
      context: { item: shareArn, requestId: 'request-1', isUnanswered: true },
    });
  });
});

describe('PromotePermissionCreatedFromPolicy', () => {
  it.each<[number, string, ErrorCode, boolean]>([
    ...unavailable,
    [400, 'InvalidParameterException', 'aws-request-invalid', false],
    [400, 'InvalidPolicyException', 'principal-not-promotable', false],
    [400, 'MalformedArnException', 'aws-request-invalid', false],
    [400, 'MissingRequiredParameterException', 'aws-request-invalid', false],
    [400, 'OperationNotPermittedException', 'promotion-refused', false],
    [400, 'UnknownResourceException', 'aws-not-there-yet', false],
    [409, 'PermissionAlreadyExistsException', 'aws-state-conflict', false],
    [400, 'PermissionLimitExceededException', 'permission-quota', false],
    [400, 'IdempotentParameterMismatchException', 'aws-state-conflict', false],
  ])('with %i %s fails as %s (a write may have been done: %s)', (status, name, code, isUnanswered) =>
    expectFault(promoteBody, status, name, { code, isUnanswered, item: permissionArn }),
  );
});

describe('other operations', () => {
  it.each<[string, (clients: AwsClients) => Promise<unknown>, string, ErrorCode]>([
    [
      'AssociateResourceShare',
      (clients) => associatePrincipals(clients, access, entities, callOnce()),
      'OperationNotPermittedException',
      'aws-state-conflict',
    ],
    [
      'DisassociateResourceShare',
      (clients) => disassociatePrincipals(clients, access, entities, callOnce()),
      'UnknownResourceException',
      'aws-state-conflict',
    ],
    [
      'DeleteResourceShare',
      (clients) => deleteShare(clients, access, { shareArn, clientToken }, callOnce()),
      'UnknownResourceException',
      'aws-state-conflict',
    ],
    [
      'CreatePermission',
      (clients) =>
        createPermission(clients, access, { name: 'p', actions: ['imagebuilder:GetImage'], clientToken }, callOnce()),
      'InvalidPolicyException',
      'principal-not-promotable',
    ],
    ['GetImage', (clients) => readImageStatus(clients, access, image, callOnce()), 'ClientException', 'image-gone'],
  ])('%s gives a name its own meaning', async (operation, act, name, code) => {
    const { clients } = await startAwsStub(() => errorReply(400, name));

    const failure = await failureOf(act(clients));

    expect(failure).toMatchObject({ code, context: { awsName: name } });
    expect(failure.message).toContain(operation);
  });
});

describe('an answer that AWS did not write', () => {
  it.each<[number, ErrorCode, boolean]>([
    [502, 'aws-unavailable', true],
    [504, 'aws-unavailable', true],
    [500, 'aws-server-error', true],
    [403, 'aws-unavailable', false],
    [407, 'aws-access-denied', false],
    [400, 'aws-request-invalid', false],
    [200, 'aws-unavailable', true],
  ])('with status %i is %s (a write may have been done: %s)', async (status, code, isUnanswered) => {
    const page = { status, headers: { 'content-type': 'text/html' }, body: '<html><h1>proxy</h1></html>' };
    const { clients } = await startAwsStub(() => page);

    const failure = await failureOf(put(clients));

    expect(failure).toMatchObject({ code });
    expect(failure.context.isUnanswered ?? false).toBe(isUnanswered);
    expect(failure.message).toBe(`PutImagePolicy of ${image} failed: an answer that AWS did not write, HTTP ${status}`);
  });
});

describe('a network that fails', () => {
  it('with a broken connection leaves a write unanswered', async () => {
    const { clients } = await startAwsStub(() => 'reset');

    const failure = await failureOf(put(clients));

    expect(failure).toMatchObject({ code: 'aws-unavailable', context: { isUnanswered: true } });
    expect(failure.message).toContain('ECONNRESET');
  });

  it('with a server that never answers ends after the time of a request', async () => {
    const { clients } = await startAwsStub(() => 'silence', { requestTimeoutMs: 200, connectionTimeoutMs: 200 });

    const failure = await failureOf(put(clients));

    expect(failure).toMatchObject({ code: 'aws-unavailable', context: { isUnanswered: true } });
    expect(failure.message).toContain('200 ms requestTimeout');
  });

  it('with an answer of which the end never comes leaves a write unanswered', async () => {
    const { clients } = await startAwsStub(() => 'half an answer', { requestTimeoutMs: 200, connectionTimeoutMs: 200 });

    const failure = await failureOf(put(clients));

    expect(failure).toMatchObject({ code: 'aws-unavailable', context: { isUnanswered: true } });
  });

  it('with nobody at the address has sent nothing', async () => {
    const { clients } = await startAwsStub(() => 'silence');
    process.env['AWS_ENDPOINT_URL_IMAGEBUILDER'] = 'http://127.0.0.1:1';

    const failure = await failureOf(put(clients));

    expect(failure).toMatchObject({ code: 'aws-unavailable', context: { awsName: 'Error' } });
    expect(failure.context).not.toHaveProperty('isUnanswered');
    expect(failure.message).toContain('ECONNREFUSED');
  });

  it('passes an abort on as it is', async () => {
    const { clients } = await startAwsStub(() => 'silence');
    const controller = new AbortController();

    const written = putImagePolicy(clients, access, { image, document: '{}' }, callOnce(controller.signal));
    controller.abort();

    await expect(written).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('what AWS says', () => {
  it.each([
    [{ 'retry-after': '3' }, 3_000],
    [{ 'x-amz-retry-after': '2500' }, 2_500],
    [{ 'retry-after': '7', 'x-amz-retry-after': '10' }, 10],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
  ])('of a pause (%o) is %i ms', async (headers, retryAfterMs) => {
    const { clients } = await startAwsStub(() => errorReply(429, 'ThrottlingException', headers));

    const failure = await failureOf(put(clients));

    expect(failure).toMatchObject({ code: 'aws-throttled', context: { retryAfterMs } });
  });

  it('is one line without control characters, and no longer than 300 characters', async () => {
    const message = `first\n\u001b[31msecond${'x'.repeat(500)}`;
    const body = JSON.stringify({ message });
    const named = { 'x-amzn-errortype': 'ClientException' };
    const { clients } = await startAwsStub(() => ({ status: 400, headers: named, body }));

    const failure = await failureOf(put(clients));

    const start = `PutImagePolicy of ${image} failed: ClientException (HTTP 400): first [31msecond`;
    expect(failure.message.startsWith(start)).toBe(true);
    expect(failure.message).toMatch(/x…$/);
    expect(failure.message.length).toBe(`PutImagePolicy of ${image} failed: ClientException (HTTP 400): `.length + 300);
  });
});

interface Expected {
  readonly code: ErrorCode;
  readonly isUnanswered: boolean;
  readonly item: string;
}

async function expectFault(
  act: (clients: AwsClients) => Promise<unknown>,
  status: number,
  name: string,
  { code, isUnanswered, item }: Expected,
): Promise<void> {
  const { clients, requests } = await startAwsStub(() => errorReply(status, name));

  const failure = await failureOf(act(clients));

  expect(failure.code).toBe(code);
  expect(failure.context).toMatchObject({ item, awsName: name, requestId: 'request-1' });
  expect(failure.context.isUnanswered ?? false).toBe(isUnanswered);
  expect(failure.message).toContain(`${name} (HTTP ${status}): about ${name}`);
  expect(requests).toHaveLength(1);
}

async function failureOf(act: Promise<unknown>): Promise<AppError> {
  const failure: unknown = await act.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof AppError) return failure;
  throw new Error('The call did not fail as it must', { cause: failure });
}

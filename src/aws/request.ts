import type { ImagebuilderClient } from '@aws-sdk/client-imagebuilder';
import type { RAMClient } from '@aws-sdk/client-ram';
import type { STSClient } from '@aws-sdk/client-sts';
import { AppError } from '../domain/errors.ts';
import type { AwsAccess, AwsCall } from './access.ts';
import type { AwsClients } from './clients.ts';
import { isAbort, toAppError } from './faults.ts';
import { endingWith } from './signalled-handler.ts';

/** Where a request goes: whose clients, which access, how calls are made. */
export interface Target {
  readonly clients: AwsClients;
  readonly access: AwsAccess;
  readonly call: AwsCall;
}

/** One call of one operation about one item. */
export interface AwsRequest<Client, Output> {
  readonly operation: string;
  /** What it is about: an ARN, or what an error should name. */
  readonly item: string;
  readonly send: (client: Client) => Promise<Output>;
}

/** Reads from RAM, repeated as the caller decides. */
export function readRam<Output>(target: Target, request: AwsRequest<RAMClient, Output>): Promise<Output> {
  return target.call.read(() => writeRam(target, request));
}

/** Reads from Image Builder, repeated as the caller decides. */
export function readImageBuilder<Output>(
  target: Target,
  request: AwsRequest<ImagebuilderClient, Output>,
): Promise<Output> {
  return target.call.read(() => writeImageBuilder(target, request));
}

/** Reads from STS, repeated as the caller decides. */
export function readSts<Output>(target: Target, request: AwsRequest<STSClient, Output>): Promise<Output> {
  return target.call.read(() => sendOnce(target, target.clients.sts(target.access), request));
}

/** Sends to RAM once. */
export function writeRam<Output>(target: Target, request: AwsRequest<RAMClient, Output>): Promise<Output> {
  return sendOnce(target, target.clients.ram(target.access), request);
}

/** Sends to Image Builder once. */
export function writeImageBuilder<Output>(
  target: Target,
  request: AwsRequest<ImagebuilderClient, Output>,
): Promise<Output> {
  return sendOnce(target, target.clients.imageBuilder(target.access), request);
}

async function sendOnce<Client, Output>(
  target: Target,
  client: Client,
  request: AwsRequest<Client, Output>,
): Promise<Output> {
  try {
    return await sendInTurn(target, client, request);
  } catch (error) {
    const isThrottled = error instanceof AppError && error.code === 'aws-throttled';
    throw isThrottled ? withPace(target, request.operation, error) : error;
  }
}

/** The fault of a call that has ended, with the pace that it leaves behind. */
function withPace({ clients, access }: Target, operation: string, { code, message, context }: AppError): AppError {
  const { account, region } = access;
  const perSecond = clients.pace(access, operation).perSecond();
  const throttled = { account, region, operation, count: 1, perSecond, at: new Date().toISOString() };
  return new AppError(code, message, { ...context, throttled });
}

async function sendInTurn<Client, Output>(
  { clients, access, call }: Target,
  client: Client,
  request: AwsRequest<Client, Output>,
): Promise<Output> {
  const caps: Readonly<Record<string, number>> = access.rateLimits ?? {};
  const pace = clients.pace(access, request.operation);
  const end = await (access.isUrgent === true
    ? pace.overtake(call.signal)
    : pace.begin(call.signal, caps[request.operation]));
  let isThrottled = false;
  try {
    return await endingWith(call.signal, () => request.send(client));
  } catch (error) {
    if (isAbort(error)) throw error;
    const fault = toAppError(error, request);
    isThrottled = fault.code === 'aws-throttled';
    if (fault.code === 'aws-credentials-expired') clients.forgetCredentials(access);
    throw fault;
  } finally {
    end(isThrottled);
  }
}

/**
 * A field that AWS always gives although its types allow for absence. Throws `aws-unknown`, as unanswered: where it was a
 * write, it was done.
 */
export function required<T>(value: T | undefined, request: { readonly operation: string; readonly item: string }): T {
  if (value !== undefined) return value;
  throw new AppError('aws-unknown', `${request.operation} of ${request.item} gave an incomplete answer`, {
    item: request.item,
    isUnanswered: true,
  });
}

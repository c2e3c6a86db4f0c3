import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { onTestFinished, vi } from 'vitest';
import type { AwsAccess, AwsCall } from '../../src/aws/access.ts';
import type { AwsClients } from '../../src/aws/clients.ts';
import { createAwsClients } from '../../src/aws/clients.ts';
import { glimpseImages, observeImages } from '../../src/aws/observe.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import type { ObservedImage } from '../../src/domain/observation.ts';

/** A request as it came over the wire. */
export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The caller's, which tells connections apart. */
  readonly port: number | undefined;
}

/** What comes back: an answer, a connection that breaks, nothing ever, or an answer of which the end never comes. */
export type StubReply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  | 'reset'
  | 'silence'
  | 'half an answer';

export interface AwsStub {
  readonly requests: readonly StubRequest[];
  /** Requests whose caller hung up before the answer had ended. */
  readonly abandoned: readonly StubRequest[];
  readonly clients: AwsClients;
}

/** Serves all three services at one address until the test ends, with clients that reach it as they would reach AWS. */
export async function startAwsStub(
  reply: (request: StubRequest, earlier: readonly StubRequest[]) => StubReply,
  timeouts = { requestTimeoutMs: 5_000, connectionTimeoutMs: 2_000 },
): Promise<AwsStub> {
  const requests: StubRequest[] = [];
  const abandoned: StubRequest[] = [];
  const server = createServer((incoming, response) => {
    void readRequest(incoming).then((request) => {
      const answer = reply(request, requests);
      requests.push(request);
      response.once('close', () => {
        if (!response.writableFinished) abandoned.push(request);
      });
      send(answer, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  for (const service of ['IMAGEBUILDER', 'RAM', 'STS']) {
    vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, `http://127.0.0.1:${port}`);
  }
  const clients = createAwsClients({ ...timeouts, gatherMs: 5 });
  onTestFinished(() => {
    clients.destroy();
    server.closeAllConnections();
    server.close();
    vi.unstubAllEnvs();
  });
  return { requests, abandoned, clients };
}

/** A good answer with a body of JSON. */
export function jsonReply(body: unknown, headers: Readonly<Record<string, string>> = {}): StubReply {
  return { status: 200, headers: { 'x-amzn-requestid': 'request-1', ...headers }, body: JSON.stringify(body) };
}

/** An error as both services write it. */
export function errorReply(
  status: number,
  name: string,
  { message = `about ${name}`, ...headers }: Readonly<Record<string, string>> = {},
): StubReply {
  const named = { 'x-amzn-errortype': name, 'x-amzn-requestid': 'request-1', ...headers };
  return { status, headers: named, body: JSON.stringify({ message }) };
}

export const access: AwsAccess = { account: '111111111111', region: 'us-east-1', partition: 'aws' };

/** Reads everything about some images, as one look. */
export async function lookAt(
  clients: AwsClients,
  owner: AwsAccess,
  images: readonly ImageArn[],
  { call = callOnce(), nowMs = 0 }: { readonly call?: AwsCall; readonly nowMs?: number } = {},
): Promise<readonly ObservedImage[]> {
  return observeImages(clients, owner, await glimpseImages(clients, owner, images, call, () => nowMs), call);
}

/** Makes every call once. */
export function callOnce(signal: AbortSignal = new AbortController().signal): AwsCall {
  return { signal, read: (once) => once() };
}

async function readRequest(incoming: IncomingMessage): Promise<StubRequest> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://stub');
  const body = await text(incoming);
  const { method = '', headers, socket } = incoming;
  return { method, path: pathname, query: searchParams, headers, body, port: socket.remotePort };
}

function send(reply: StubReply, response: ServerResponse): void {
  if (reply === 'silence') return;
  if (reply === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (reply === 'half an answer') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"requestId":');
    return;
  }
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
  response.end(reply.body);
}

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from './aws-error.ts';
import type { ControlAnswer } from './control-api.ts';
import type { Engine } from './engine.ts';
import { readCall, writeBody, writeError, writeHtml } from './wire.ts';
import type { AddressedCall, Defaults, WireAnswer } from './wire.ts';

/** What the server stands in front of. */
export type ServerOptions = {
  readonly port: number;
  readonly defaults: Defaults;
  /** The engine of the moment: a reset makes another one. */
  readonly engine: () => Engine;
  readonly answerControlCall: (method: string, path: string, query: URLSearchParams, body: string) => ControlAnswer;
};

/** A server that listens. */
export type RunningServer = {
  readonly url: string;
  readonly port: number;
  readonly close: () => Promise<void>;
};

const host = '127.0.0.1';
const controlPrefix = '/_simulator/';

/** Listens on 127.0.0.1. Rejects with the system's error where the port is taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = createServer((request, response) => void handle(options, request, response));
  // Clients keep connections for reuse; closing one under them would look like a fault that nobody asked for.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : options.port;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://${host}:${port}`, port, close };
}

async function handle(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await bodyOf(request);
    const { url = '/', method = 'GET' } = request;
    if (url.startsWith(controlPrefix)) {
      const { pathname, searchParams } = new URL(url, 'http://simulator');
      const answer = options.answerControlCall(method, pathname.slice(controlPrefix.length), searchParams, body);
      send(response, {
        status: answer.status,
        headers: { 'content-type': 'application/json' },
        text: JSON.stringify(answer.body),
      });
      return;
    }
    await serveAws(options, request, response, body);
  } catch (error) {
    // A client that went away needs no answer; a fault of the simulator itself must not look like one of AWS.
    if (!response.writable || request.destroyed) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    send(response, { status: 500, headers: { 'content-type': 'text/plain' }, text: `simulator: ${text}` });
  }
}

async function serveAws(
  { defaults, engine }: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const requestId = randomUUID();
  const addressed = addressedCall(request, body, defaults);
  if (addressed instanceof AwsError) {
    send(response, writeError(request.url === '/' ? 'sts' : 'ram', addressed, requestId));
    return;
  }
  const { operation, call } = addressed;
  const delivery = await engine().serve(operation, call);
  switch (delivery.kind) {
    case 'body':
      send(response, writeBody(operation.service, operation.name, delivery.body, requestId));
      return;
    case 'error':
      send(response, writeError(operation.service, delivery.error, requestId));
      return;
    case 'html':
      send(response, writeHtml(delivery.status));
      return;
    case 'lost':
      request.socket.destroy();
      return;
    case 'reset':
      request.socket.resetAndDestroy();
      return;
    case 'hang':
  }
}

function addressedCall(request: IncomingMessage, body: string, defaults: Defaults): AddressedCall | AwsError {
  try {
    return readCall(request, body, defaults);
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, headers, text }: WireAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { errorText } from '../domain/error-text.ts';
import { AppError } from '../domain/errors.ts';
import type { KeyRing } from './key-ring.ts';
import { createPayloadCodec } from './payload-codec.ts';
import { payloadsFromJson, payloadsToJson } from './payload-json.ts';

/** How the server is reached. */
export interface CodecServerOptions {
  readonly keys: KeyRing;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Origin of the web UI, such as `https://temporal.example.com`; no other page gets an answer. */
  readonly uiOrigin: string;
  /** What a caller has to send as `Authorization: Bearer …`; null where nobody has to. */
  readonly token: string | null;
}

/** A server that is listening. */
export interface CodecServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

// A page of a history has at most 4 MB; base64 makes it a third longer.
const maxBodyBytes = 16_000_000;

/**
 * Serves Temporal's remote codec protocol: `POST …/encode` and `POST …/decode` with `{ "payloads": […] }`, to the web UI of one
 * origin and to programs that send no origin, such as Temporal's command line. Throws `usage-wrong` where it cannot listen.
 */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer> {
  const { host, port } = options;
  const codec = createPayloadCodec(options.keys);
  const server = createServer((request, response) => void answer(codec, options, request, response));
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    throw new AppError('usage-wrong', `The codec server cannot listen: ${errorText(error)}`, {
      item: `${host}:${port}`,
      cause: error,
    });
  }
  const address = server.address();
  const boundPort = address === null || typeof address === 'string' ? port : address.port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

async function answer(
  codec: PayloadCodec,
  options: CodecServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { status, body } = await reply(codec, options, request);
    response.writeHead(status, headersFor(options, request)).end(body);
  } catch (error) {
    const { status, message } = error instanceof Refusal ? error : { status: 400, message: errorText(error) };
    response.writeHead(status, headersFor(options, request)).end(JSON.stringify({ message }));
  }
}

async function reply(
  codec: PayloadCodec,
  { uiOrigin, token }: CodecServerOptions,
  request: IncomingMessage,
): Promise<{ readonly status: number; readonly body: string }> {
  refuseForeignPage(uiOrigin, request);
  const [path] = (request.url ?? '').split('?');
  if (request.method === 'GET' && path === '/health') return { status: 200, body: '{}' };
  const way = wayOf(path ?? '');
  if (way === null) throw new Refusal(404, 'There are /encode and /decode');
  if (request.method === 'OPTIONS') return { status: 204, body: '' };
  if (request.method !== 'POST') throw new Refusal(405, 'Use POST');
  if (token !== null && !isSame(request.headers.authorization ?? '', `Bearer ${token}`))
    throw new Refusal(401, 'The token is wrong');
  const payloads = payloadsFromJson(await readBody(request));
  return { status: 200, body: payloadsToJson(await changed(codec, way, payloads)) };
}

// A browser sends a simple request of any page, and only keeps the answer from it; here the answer is not even made.
function refuseForeignPage(uiOrigin: string, { headers: { origin } }: IncomingMessage): void {
  if (origin !== undefined && origin !== uiOrigin) throw new Refusal(403, `Pages of ${origin} are not served`);
}

// An endpoint may have a path, to which callers add theirs: by the protocol only the last part counts.
function wayOf(path: string): 'encode' | 'decode' | null {
  const last = path.split('/').at(-1);
  return last === 'encode' || last === 'decode' ? last : null;
}

function changed(codec: PayloadCodec, way: 'encode' | 'decode', payloads: Payload[]): Promise<Payload[]> {
  return way === 'encode' ? codec.encode(payloads) : codec.decode(payloads);
}

function headersFor({ uiOrigin }: CodecServerOptions, { headers: { origin } }: IncomingMessage) {
  return {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    vary: 'Origin',
    ...(origin === uiOrigin && {
      'access-control-allow-origin': uiOrigin,
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': 'Authorization, Content-Type, X-Namespace',
      'access-control-allow-credentials': 'true',
    }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    // Without an encoding a request gives nothing but bytes.
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.alloc(0);
    length += bytes.length;
    if (length > maxBodyBytes) throw new Refusal(413, `A request has at most ${maxBodyBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

// Hashes have one length, as the comparison in constant time asks for.
function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

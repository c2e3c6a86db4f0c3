import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

// AWS refuses signatures that are five minutes off.
const longestSkewMs = 300_000;

/**
 * Stands before a simulator as an AWS whose clock is ahead of this machine's, and refuses signatures of another time as AWS
 * does; gives its URL. It is closed when the test is over.
 */
export async function startClockProxy(simulatorUrl: string, aheadMs: number): Promise<string> {
  const server = createServer((request, response) => void serve(simulatorUrl, aheadMs, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
  return `http://127.0.0.1:${address.port}`;
}

async function serve(
  simulatorUrl: string,
  aheadMs: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const body = await text(request);
  const nowMs = Date.now() + aheadMs;
  response.setHeader('date', new Date(nowMs).toUTCString());
  if (Math.abs(signedAtMs(request) - nowMs) > longestSkewMs) {
    refuse(url, response);
    return;
  }
  const kept = Object.entries(headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name));
  const answer = await fetch(simulatorUrl + url, {
    method,
    headers: kept.map(([name, value]): [string, string] => [name, String(value)]),
    ...(body === '' ? {} : { body }),
  });
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) {
    if (!['date', 'connection', 'content-length', 'keep-alive'].includes(name)) response.setHeader(name, value);
  }
  response.end(await answer.text());
}

/** The time in the header x-amz-date, such as 20261124T080000Z. */
function signedAtMs({ headers }: IncomingMessage): number {
  const [, date = '', time = ''] = /^(\d{8})T(\d{6})Z$/.exec(String(headers['x-amz-date'])) ?? [];
  const parts = [date.slice(0, 4), date.slice(4, 6), date.slice(6)].join('-');
  return Date.parse(`${parts}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`);
}

/** STS speaks XML at the root, the others JSON below it. */
function refuse(url: string, response: ServerResponse): void {
  const message = 'Signature expired: it is not of this time';
  response.statusCode = 403;
  if (url === '/') {
    const error = `<Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>${message}</Message></Error>`;
    response.setHeader('content-type', 'text/xml');
    response.end(`<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`);
    return;
  }
  response.setHeader('content-type', 'application/json');
  response.setHeader('x-amzn-errortype', 'InvalidSignatureException');
  response.end(JSON.stringify({ message }));
}

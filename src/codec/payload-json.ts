import type { Payload } from '@temporalio/common';
import { AppError } from '../domain/errors.ts';

/** Reads `{ "payloads": […] }`, the protobuf JSON in which bytes are base64. Throws `usage-wrong`. */
export function payloadsFromJson(text: string): Payload[] {
  const body = parsed(text);
  if (!isRecord(body) || !Array.isArray(body['payloads'])) throw wrongBody('payloads is not a list');
  return body['payloads'].map((payload: unknown) => {
    const { metadata = {}, data = '' } = isRecord(payload) ? payload : {};
    if (!isRecord(metadata)) throw wrongBody('metadata is not an object');
    const fields = Object.entries(metadata).map(([name, value]): [string, Uint8Array] => [name, bytesOf(value)]);
    return { metadata: Object.fromEntries<Uint8Array>(fields), data: bytesOf(data) };
  });
}

/** Writes `{ "payloads": […] }`; {@link payloadsFromJson} is the inverse. */
export function payloadsToJson(payloads: readonly Payload[]): string {
  const written = payloads.map(({ metadata, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, bytes]) => [name, base64Of(bytes)])),
    data: base64Of(data ?? new Uint8Array()),
  }));
  return JSON.stringify({ payloads: written });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrongBody('it is not JSON');
  }
}

function bytesOf(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw wrongBody('bytes are not in base64');
  return Buffer.from(value, 'base64');
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function wrongBody(why: string): AppError {
  return new AppError('usage-wrong', `The body is not { "payloads": […] }: ${why}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

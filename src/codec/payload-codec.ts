import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { AppError } from '../domain/errors.ts';
import type { KeyRing, PayloadKey } from './key-ring.ts';
import { fromBytes, toBytes } from './payload-bytes.ts';

const algorithm = 'aes-256-gcm';
const ivLength = 12;
const tagLength = 16;

// The names that Temporal's own samples of encryption use.
const encodingField = 'encoding';
const keyIdField = 'encryption-key-id';
const encryptedEncoding = 'binary/encrypted';

/**
 * Encrypts payloads with AES-256-GCM: a payload becomes one of the encoding `binary/encrypted` that names its key, and whose
 * data are 12 bytes of initialisation vector, the cipher text, and 16 bytes of tag. Without keys it encrypts nothing.
 *
 * Payloads in plain text pass as they are, so encryption can begin while rollouts run. Throws `payload-undecryptable` where
 * the key is not there, is another one, or the payload was changed.
 */
export function createPayloadCodec(keys: KeyRing | null): PayloadCodec {
  const encryptionKey = keys?.[0];
  const secrets = new Map<string, KeyObject>(keys?.map(({ id, secret }) => [id, secret]));
  return {
    encode: (payloads) =>
      Promise.resolve(
        encryptionKey === undefined ? payloads : payloads.map((payload) => encrypt(encryptionKey, payload)),
      ),
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws has to reject
    decode: async (payloads) => payloads.map((payload) => (isEncrypted(payload) ? decrypt(secrets, payload) : payload)),
  };
}

function isEncrypted(payload: Payload): boolean {
  return textOf(payload, encodingField) === encryptedEncoding;
}

function encrypt({ id, secret }: PayloadKey, payload: Payload): Payload {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv(algorithm, secret, iv).setAAD(Buffer.from(id));
  const data = Buffer.concat([iv, cipher.update(toBytes(payload)), cipher.final(), cipher.getAuthTag()]);
  return { metadata: { [encodingField]: Buffer.from(encryptedEncoding), [keyIdField]: Buffer.from(id) }, data };
}

function decrypt(secrets: ReadonlyMap<string, KeyObject>, payload: Payload): Payload {
  const id = textOf(payload, keyIdField);
  const secret = secrets.get(id);
  if (secret === undefined) throw undecryptable(id, `There is no key ${id}`);
  const data = Buffer.from(payload.data ?? []);
  if (data.length < ivLength + tagLength) throw undecryptable(id, `A payload of the key ${id} is cut short`);
  try {
    const decipher = createDecipheriv(algorithm, secret, data.subarray(0, ivLength), { authTagLength: tagLength })
      .setAAD(Buffer.from(id))
      .setAuthTag(data.subarray(-tagLength));
    return fromBytes(Buffer.concat([decipher.update(data.subarray(ivLength, -tagLength)), decipher.final()]));
  } catch (error) {
    throw undecryptable(id, `A payload was not encrypted with this key ${id}, or was changed since`, error);
  }
}

function undecryptable(keyId: string, detail: string, cause?: unknown): AppError {
  return new AppError('payload-undecryptable', detail, { item: keyId, cause });
}

function textOf({ metadata }: Payload, field: string): string {
  return Buffer.from(metadata?.[field] ?? []).toString();
}

import type { KeyObject } from 'node:crypto';
import { createSecretKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorText } from '../domain/error-text.ts';
import type { Problem } from '../domain/errors.ts';
import { AppError } from '../domain/errors.ts';

/** A key of AES-256 and the id by which payloads name it. */
export interface PayloadKey {
  readonly id: string;
  readonly secret: KeyObject;
}

/** The keys of one installation: the first encrypts, all decrypt. */
export type KeyRing = readonly [PayloadKey, ...PayloadKey[]];

const keyBytes = 32;
const idPattern = /^[\w.-]{1,64}$/;
const base64Pattern = /^[A-Za-z0-9+/]{43}=$/;
const lineFix = 'Write "<id> <key>": an id of letters, digits and . _ -, a blank, and 32 bytes in base64.';

/**
 * Reads a file of keys: `<id> <32 bytes in base64>` a line, `#` starts a comment. Throws `file-not-found`, and
 * `codec-keys-invalid` with every bad line. Key material never gets into an error.
 */
export async function loadKeyRing(path: string): Promise<KeyRing> {
  return parseKeyRing(await readKeyFile(path), path);
}

/** Reads the text of a file of keys; `path` names it in errors. */
export function parseKeyRing(text: string, path: string): KeyRing {
  const entries = text
    .split(/\r?\n/)
    .map((line, index) => ({ words: line.replace(/#.*/, '').trim(), at: `${path}:${index + 1}` }))
    .filter(({ words }) => words !== '')
    .map(({ words, at }) => ({ at, fields: words.split(/\s+/) }));
  const problems = entries.flatMap(({ fields, at }, index) => {
    const earlier = entries.slice(0, index).map((entry) => entry.fields[0]);
    return problemOf(fields, earlier, at) ?? [];
  });
  const [first, ...others] = entries.map(({ fields: [id = '', secret = ''] }) => ({ id, text: secret })).map(toKey);
  if (problems.length === 0 && first !== undefined) return [first, ...others];
  const empty = problem(`${path}:1`, 'The file names no key', lineFix);
  throw new AppError('codec-keys-invalid', `${path} is no file of keys`, {
    item: path,
    problems: problems.length === 0 ? [empty] : problems,
  });
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const detail = `The file of keys ${path} cannot be read: ${errorText(error)}`;
    throw new AppError('file-not-found', detail, { item: path, cause: error });
  }
}

function problemOf(fields: readonly string[], earlier: readonly (string | undefined)[], at: string): Problem | null {
  const [id = '', secret = ''] = fields;
  if (fields.length !== 2) return problem(at, `The line has ${fields.length} words, not 2`, lineFix);
  if (!idPattern.test(id)) return problem(at, 'The id of the key has other characters, or too many', lineFix);
  if (earlier.includes(id)) return problem(at, `The id ${id} stands twice`, 'Give every key an id of its own.');
  if (base64Pattern.test(secret)) return null;
  return problem(at, `The key ${id} is not ${keyBytes} bytes in base64`, 'Make one with `openssl rand -base64 32`.');
}

function problem(at: string, message: string, fix: string): Problem {
  return { code: 'codec-keys-invalid', severity: 'error', at, message, fix };
}

function toKey({ id, text }: { readonly id: string; readonly text: string }): PayloadKey {
  return { id, secret: createSecretKey(Buffer.from(text, 'base64')) };
}

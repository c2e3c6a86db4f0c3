import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyRing } from '../../src/codec/key-ring.ts';
import { loadKeyRing, parseKeyRing } from '../../src/codec/key-ring.ts';
import { createPayloadCodec } from '../../src/codec/payload-codec.ts';

const firstKey = `k1 ${Buffer.alloc(32, 1).toString('base64')}`;
const secondKey = `k2 ${Buffer.alloc(32, 2).toString('base64')}`;
const impostor = `k1 ${Buffer.alloc(32, 3).toString('base64')}`;

function ringOf(...lines: readonly string[]): KeyRing {
  return parseKeyRing(lines.join('\n'), 'keys');
}

function payloadOf(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}

async function encryptedBy(ring: KeyRing, value: unknown): Promise<Payload> {
  const [payload] = await createPayloadCodec(ring).encode([payloadOf(value)]);
  return payload ?? {};
}

async function decryptedBy(ring: KeyRing | null, payload: Payload): Promise<unknown> {
  const [decoded] = await createPayloadCodec(ring).decode([payload]);
  return defaultPayloadConverter.fromPayload(decoded ?? {});
}

describe('the codec', () => {
  it('gives back any value that went through it', async () => {
    const ring = ringOf(firstKey);
    // JSON has no -0.
    const values = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
    const comesBack = fc.asyncProperty(values, async (value) => {
      expect(await decryptedBy(ring, await encryptedBy(ring, value))).toEqual(value);
    });

    await fc.assert(comesBack, { numRuns: 50 });
  });

  it('keeps the metadata of a payload, and a payload without data', async () => {
    const codec = createPayloadCodec(ringOf(firstKey));
    const payloads = [{ metadata: { encoding: Buffer.from('binary/null'), own: Buffer.from([0, 255]) } }, {}];

    const decoded = await codec.decode(await codec.encode(payloads));

    expect(decoded.map(({ metadata, data }) => [Object.keys(metadata ?? {}), data?.length])).toEqual([
      [['encoding', 'own'], 0],
      [[], 0],
    ]);
    expect(Buffer.from(decoded[0]?.metadata?.['own'] ?? [])).toEqual(Buffer.from([0, 255]));
  });

  it('names encoding and key, and shows nothing else', async () => {
    const payload = await encryptedBy(ringOf(firstKey), 'arn:aws:imagebuilder:secret');

    const metadata = Object.entries(payload.metadata ?? {}).map(([name, bytes]) => [
      name,
      Buffer.from(bytes).toString(),
    ]);
    expect(Object.fromEntries(metadata)).toEqual({ encoding: 'binary/encrypted', 'encryption-key-id': 'k1' });
    expect(Buffer.from(payload.data ?? []).toString('latin1')).not.toMatch(/imagebuilder|json/);
  });

  it('encrypts the same value differently each time', async () => {
    const ring = ringOf(firstKey);

    const [one, another] = [await encryptedBy(ring, 'same'), await encryptedBy(ring, 'same')];

    expect(one.data).not.toEqual(another.data);
  });

  it('encrypts with the first key, and reads what an older one encrypted', async () => {
    const old = await encryptedBy(ringOf(firstKey), 'old');
    const rotated = ringOf(secondKey, firstKey);

    const fresh = await encryptedBy(rotated, 'new');

    expect(await decryptedBy(rotated, old)).toBe('old');
    expect(await decryptedBy(ringOf(secondKey), fresh)).toBe('new');
  });

  it('lets plain payloads pass, so that encryption can begin at any time', async () => {
    expect(await decryptedBy(ringOf(firstKey), payloadOf('plain'))).toBe('plain');
  });

  it('without keys encrypts nothing', async () => {
    const payload = payloadOf('plain');

    expect(await createPayloadCodec(null).encode([payload])).toEqual([payload]);
  });

  it.each([
    ['is missing', ringOf(secondKey), /There is no key k1/],
    ['is missing because there are none', null, /There is no key k1/],
    ['is another one of the same id', ringOf(impostor), /not encrypted with this key k1/],
  ])('refuses a payload whose key %s', async (_what, ring, message) => {
    const payload = await encryptedBy(ringOf(firstKey), 'x');

    await expect(decryptedBy(ring, payload)).rejects.toMatchObject({ code: 'payload-undecryptable', message });
  });

  it('refuses a payload in which any bit is another one', async () => {
    const ring = ringOf(firstKey);
    const { metadata, data } = await encryptedBy(ring, 'value');
    const bytes = Buffer.from(data ?? []);
    const isRefused = fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expect(decryptedBy(ring, { ...(metadata && { metadata }), data: changed })).rejects.toThrow(/changed/);
    });

    await fc.assert(isRefused, { numRuns: 100 });
  });

  it('refuses a payload that is cut short', async () => {
    const { metadata } = await encryptedBy(ringOf(firstKey), 'value');
    const payload = { ...(metadata && { metadata }), data: Buffer.alloc(20) };

    await expect(decryptedBy(ringOf(firstKey), payload)).rejects.toThrow(/cut short/);
  });

  it('refuses a payload that names another key of the ring', async () => {
    const { data } = await encryptedBy(ringOf(firstKey), 'value');
    const { metadata } = await encryptedBy(ringOf(secondKey), 'value');
    const payload = { ...(metadata && { metadata }), ...(data && { data }) };

    await expect(decryptedBy(ringOf(firstKey, secondKey), payload)).rejects.toMatchObject({
      code: 'payload-undecryptable',
    });
  });
});

describe('a file of keys', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'policy-rollout-keys-'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('gives its keys in order, without comments and blank lines', async () => {
    const path = join(folder, 'keys');
    await writeFile(path, `# newest first\n\n${secondKey}  # since May\r\n${firstKey}\n`);

    expect((await loadKeyRing(path)).map(({ id }) => id)).toEqual(['k2', 'k1']);
  });

  it('that is not there is named', async () => {
    const path = join(folder, 'nowhere');

    await expect(loadKeyRing(path)).rejects.toMatchObject({ code: 'file-not-found', context: { item: path } });
  });

  it('tells all of its mistakes at once, and none of its secrets', () => {
    const short = Buffer.alloc(16, 7).toString('base64');
    const text = [firstKey, `k2 ${short}`, `k1 ${Buffer.alloc(32, 9).toString('base64')}`, 'lonely', 'bad/id x'];
    let thrown: unknown;
    try {
      parseKeyRing(text.join('\n'), 'keys');
    } catch (error) {
      thrown = error;
    }

    expect(thrown).toMatchObject({
      code: 'codec-keys-invalid',
      context: { problems: ['keys:2', 'keys:3', 'keys:4', 'keys:5'].map((at) => ({ at })) },
    });
    expect(JSON.stringify(thrown)).not.toContain(short);
  });

  it('without a key is refused', () => {
    expect(() => parseKeyRing('# nothing\n', 'keys')).toThrow(expect.objectContaining({ code: 'codec-keys-invalid' }));
  });
});

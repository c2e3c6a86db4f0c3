import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CodecServer, CodecServerOptions } from '../../src/codec/codec-server.ts';
import { startCodecServer } from '../../src/codec/codec-server.ts';
import { parseKeyRing } from '../../src/codec/key-ring.ts';
import type { CapturedRun } from '../support/captured-io.ts';
import { runCaptured } from '../support/captured-io.ts';

const keyLine = `k1 ${Buffer.alloc(32, 1).toString('base64')}`;
const uiOrigin = 'https://temporal.example.com';
const plain = { metadata: { encoding: Buffer.from('json/plain').toString('base64') }, data: 'InNlY3JldCI=' };

let server: CodecServer;

async function start(options: Partial<CodecServerOptions> = {}): Promise<void> {
  const keys = parseKeyRing(keyLine, 'keys');
  server = await startCodecServer({ keys, host: '127.0.0.1', port: 0, uiOrigin, token: null, ...options });
}

function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${server.url}${path}`, { method: 'POST', body: text, headers });
}

describe('the codec server', () => {
  beforeEach(() => start());

  afterEach(() => server.close());

  it('decodes what it encodes', async () => {
    const encoded = await (await post('/encode', { payloads: [plain] })).text();

    const decoded = await post('/decode', encoded);

    expect(encoded).not.toContain(plain.data);
    expect(await decoded.json()).toEqual({ payloads: [plain] });
  });

  it.each(['/codec', '/team/images'])('does so behind %s too', async (prefix) => {
    const encoded = await (await post(`${prefix}/encode`, { payloads: [plain] })).text();

    const decoded = await post(`${prefix}/decode`, encoded);

    expect(await decoded.json()).toEqual({ payloads: [plain] });
  });

  it('allows the pages of the UI alone', async () => {
    const own = await post('/decode', { payloads: [] }, { origin: uiOrigin });
    const foreign = await post('/decode', { payloads: [] }, { origin: 'https://evil.example.com' });

    expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([200, uiOrigin]);
    expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  it("answers the browser's question before a post", async () => {
    const answer = await fetch(`${server.url}/decode`, { method: 'OPTIONS', headers: { origin: uiOrigin } });

    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type, X-Namespace');
  });

  it.each([
    ['a body that is not JSON', 'POST', '/decode', '{', 400, /not JSON/],
    ['a body without payloads', 'POST', '/decode', '{}', 400, /not a list/],
    ['bytes that are no text', 'POST', '/decode', '{"payloads":[{"data":1}]}', 400, /base64/],
    ['another path', 'POST', '/other', '{}', 404, /encode/],
    ['a path that goes on behind it', 'POST', '/decode/other', '{}', 404, /encode/],
    ['a path that only ends like it', 'POST', '/undecode', '{}', 404, /encode/],
    ['another method', 'PUT', '/decode', '{}', 405, /POST/],
  ])('refuses %s', async (_what, method, path, body, status, message) => {
    const answer = await fetch(`${server.url}${path}`, { method, body });

    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(message);
  });

  it('says which key is missing, and nothing of the payload', async () => {
    const other = parseKeyRing(`other ${Buffer.alloc(32, 2).toString('base64')}`, 'keys');
    const encoded = await (await post('/encode', { payloads: [plain] })).text();
    await server.close();
    await start({ keys: other });

    const answer = await post('/decode', encoded);

    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ message: 'There is no key k1' });
  });

  it('with a token serves only those who show it', async () => {
    await server.close();
    await start({ token: 'tell-nobody' });

    const statuses = await Promise.all(
      [{}, { authorization: 'Bearer wrong' }, { authorization: 'Bearer tell-nobody' }].map(
        async (headers) => (await post('/decode', { payloads: [] }, headers)).status,
      ),
    );

    expect(statuses).toEqual([401, 401, 200]);
  });

  it('refuses a port that is taken', async () => {
    const port = Number(new URL(server.url).port);
    const keys = parseKeyRing(keyLine, 'keys');

    const second = startCodecServer({ keys, host: '127.0.0.1', port, uiOrigin, token: null });

    await expect(second).rejects.toMatchObject({ code: 'usage-wrong' });
  });
});

describe('policy-rollout codec-server', () => {
  it('serves until Ctrl-C, and asks for the token of the environment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'policy-rollout-codec-'));
    const codecKeysPath = join(folder, 'keys');
    await writeFile(codecKeysPath, keyLine);
    vi.stubEnv('POLICY_ROLLOUT_CODEC_TOKEN', 'tell-nobody');
    let stdout = '';
    const stream = { write: (text: string) => (stdout += text), hasColours: false, isLive: false, width: 80 };

    const runs: Promise<CapturedRun>[] = [];
    const stop = await new Promise<() => void>((resolve) => {
      const onInterrupt = (listener: () => void) => {
        resolve(listener);
        return () => undefined;
      };
      const world = { codecKeysPath, onInterrupt, stdout: stream };
      runs.push(runCaptured(['codec-server', '--ui-origin', uiOrigin, '--port', '0', '--json'], world));
    });
    const { url } = JSON.parse(stdout) as { url: string };
    const answer = await fetch(`${url}/decode`, { method: 'POST', body: '{"payloads":[]}' });
    stop();

    expect(answer.status).toBe(401);
    expect(await Promise.all(runs)).toMatchObject([{ exitCode: 0 }]);
    await rm(folder, { recursive: true });
  });

  it.each([
    ['without keys', ['--ui-origin', uiOrigin], /POLICY_ROLLOUT_CODEC_KEYS/],
    ['without the origin of the UI', [], /ui-origin/],
    ['with a page for an origin', ['--ui-origin', `${uiOrigin}/namespaces`], /scheme, host and port/],
    ['with a port that is none', ['--ui-origin', uiOrigin, '--port', '70000'], /65535/],
  ])('%s is refused', async (_how, flags, message) => {
    const { exitCode, stderr } = await runCaptured(['codec-server', ...flags]);

    expect(exitCode).toBe(64);
    expect(stderr).toMatch(message);
  });
});

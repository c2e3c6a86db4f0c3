import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { aNumber, aText, hasShape, object } from '../../src/simulator/shape.ts';
import { aPolicy, aSimulator, anImageArn, control } from '../support/simulator.ts';

const imageArn = anImageArn();

it('12.5 tells its address and ends on SIGTERM', async () => {
  const seed = await aFile('seed.json', {
    images: [{ arn: imageArn, policy: aPolicy('${imageArn}', ['222222222222']) }],
    settings: { promotionLagMs: 5 },
    faults: [{ operation: 'GetImage', answer: { kind: 'throttle' } }],
  });
  const program = start('--profile', 'strict', '--seed', seed);

  const { url, port, profile } = await announcementOf(program.process.stdout);
  const settings = await control(url, 'GET settings');
  const state = await control(url, 'GET state');
  program.process.kill('SIGTERM');
  const { exitCode, stderr } = await program.ended;

  expect(url).toBe(`http://127.0.0.1:${port}`);
  expect(profile).toBe('strict');
  expect(settings).toMatchObject({ profile: 'strict', promotionLagMs: 5 });
  expect(state).toMatchObject([{ imageArn, access: ['222222222222'] }]);
  expect(stderr).toContain(`AWS_ENDPOINT_URL_RAM=${url}`);
  expect(exitCode).toBe(0);
});

it.each([
  [['--nonsense'], 64, "error: Unknown option '--nonsense'"],
  [['--port', 'http'], 64, 'error: --port http is no port.'],
  [['--profile', 'odd'], 64, 'error: There is no profile odd. Choose one of likely,'],
  [['--default-account', '1'], 64, 'error: --default-account 1 is no account id: give 12 digits.'],
  [['--seed', 'missing.json'], 66, 'error: missing.json cannot be read: ENOENT'],
])('12.6 says why it does not start with %j', async (args, exitCode, message) => {
  const ended = await start(...args).ended;

  expect(ended.exitCode).toBe(exitCode);
  expect(ended.stderr).toMatch(/^[^\n]+\n$/);
  expect(ended.stderr.startsWith(message)).toBe(true);
});

it('12.6 says what is wrong with a seed', async () => {
  const wrong = await aFile('wrong.json', { images: [{ arn: imageArn, stauts: 'AVAILABLE' }] });
  const contradictory = await aFile('twice.json', { images: [{ arn: imageArn }, { arn: imageArn }] });

  const ends = [await start('--seed', wrong).ended, await start('--seed', contradictory).ended];

  expect(ends).toEqual([
    { exitCode: 65, stderr: `error: ${wrong}: images[0].stauts is not known\n` },
    { exitCode: 65, stderr: `error: ${contradictory}: The image ${imageArn} is seeded twice.\n` },
  ]);
});

it('12.6 says that a port is in use', async () => {
  const { port } = await aSimulator();

  const ended = await start('--port', String(port)).ended;

  expect(ended).toEqual({
    exitCode: 69,
    stderr: `error: Port ${port} is in use. Give another --port, or none.\n`,
  });
});

function start(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/simulator/main.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, stderr }));
  return { process: child, ended };
}

async function announcementOf(stdout: Readable) {
  const lines: unknown[] = await once(createInterface(stdout), 'line');
  const announcement: unknown = JSON.parse(String(lines[0]));
  if (hasShape(object({ url: aText, port: aNumber, profile: aText }, {}), announcement)) return announcement;
  throw new Error(`The program announced ${String(lines[0])}`);
}

async function aFile(name: string, content: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, name);
  await writeFile(file, JSON.stringify(content));
  return file;
}

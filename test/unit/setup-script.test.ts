import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const setupFolder = join(import.meta.dirname, '../../scripts/setup');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'script-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('prints what a person can act on without a stack trace', async () => {
  const script = await aScript(`throw new SetupError('Install it.');`);

  const run = promisify(execFile)(process.execPath, [script]);

  await expect(run).rejects.toMatchObject({ code: 1, stdout: '', stderr: 'error: Install it.\n' });
});

it('prints where an unexpected error came from', async () => {
  const script = await aScript(`throw new TypeError('a fault of ours');`);

  const run = promisify(execFile)(process.execPath, [script]);

  await expect(run).rejects.toHaveProperty('stderr', expect.stringMatching(/a fault of ours\n\s+at /));
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('on %s ends all that it has started, tidies up, and exits with %i', async (signalName, exitCode) => {
  const grandchild = `sh -c 'echo $$ > "${folder}/pid"; echo started; exec sleep 60'; true`;
  const script = await aScript(`
    try {
      await runCommand('sh', ['-c', ${JSON.stringify(grandchild)}], { signal, output: 'shown' });
    } finally {
      process.stdout.write('tidied');
    }
  `);
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child.stdout, 'data');

  child.kill(signalName);
  const [code] = (await once(child, 'close')) as [number];

  expect(code).toBe(exitCode);
  expect(output).toBe('started\ntidied');
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});

async function aScript(body: string): Promise<string> {
  const path = join(folder, 'script.mjs');
  await writeFile(
    path,
    `import { runCommand } from '${setupFolder}/command.mjs';
     import { runScript, SetupError } from '${setupFolder}/script.mjs';
     await runScript(async (signal) => { ${body} });`,
  );
  return path;
}

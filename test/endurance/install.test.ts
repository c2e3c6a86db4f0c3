import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import { buildForTests } from '../support/built-cli.ts';
import { startCli } from '../support/running-cli.ts';

let folder = '';

beforeAll(async () => {
  await buildForTests();
  folder = await mkdtemp(join(tmpdir(), 'policy-rollout-install-'));
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'dist']) {
    await cp(join(projectRoot, name), join(folder, name), { recursive: true });
  }
  await promisify(execFile)('npm', ['ci', '--omit=dev', '--prefer-offline'], { cwd: folder });
}, 240_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

it('the worker starts from what the image holds: the build and the production dependencies alone', async () => {
  const worker = await startCli(
    ['worker'],
    'Polling',
    { TEMPORAL_ADDRESS: inject('temporalAddress'), TEMPORAL_NAMESPACE: inject('temporalNamespace') },
    folder,
  );

  await worker.kill('SIGTERM');

  await expect(
    promisify(execFile)('npm', ['ls', '--omit=dev', 'vitest', 'typescript'], { cwd: folder }),
  ).rejects.toThrow('npm ls');
});

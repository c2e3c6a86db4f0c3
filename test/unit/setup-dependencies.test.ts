import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { areDependenciesInstalled } from '../../scripts/setup/dependencies.mjs';

const zod = { version: '1.0.0', integrity: 'sha512-a' };
const forWindows = { version: '2.0.0', integrity: 'sha512-b', optional: true };

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dependencies-'));
});

afterEach(() => rm(root, { recursive: true }));

it.each([
  ['all packages are there', { 'node_modules/zod': zod, 'node_modules/windows': forWindows }, true],
  ['only one for another platform is missing', { 'node_modules/zod': zod }, true],
  ['a package is missing', { 'node_modules/windows': forWindows }, false],
  ['a package has another version', { 'node_modules/zod': { ...zod, version: '1.0.1' } }, false],
  ['a package has another content', { 'node_modules/zod': { ...zod, integrity: 'sha512-c' } }, false],
  ['a package is there that nobody wants', { 'node_modules/zod': zod, 'node_modules/old': zod }, false],
])('compares node_modules with the lockfile: %s', async (_case, installed, isInstalled) => {
  await writePackages('package-lock.json', {
    '': { version: '0.0.0' },
    'node_modules/zod': zod,
    'node_modules/windows': forWindows,
  });
  await mkdir(join(root, 'node_modules'));
  await writePackages('node_modules/.package-lock.json', installed);

  await expect(areDependenciesInstalled(root)).resolves.toBe(isInstalled);
});

it('takes an installation that did not come to its end for none', async () => {
  await writePackages('package-lock.json', { 'node_modules/zod': zod });
  await mkdir(join(root, 'node_modules', 'zod'), { recursive: true });

  await expect(areDependenciesInstalled(root)).resolves.toBe(false);
});

function writePackages(file: string, packages: object): Promise<void> {
  return writeFile(join(root, file), JSON.stringify({ packages }));
}

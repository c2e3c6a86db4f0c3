import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Tree {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Tree>>;
}

it('pins every dependency to one version', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });

  const inexact = versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));

  expect(inexact).toEqual([]);
});

it('has one version of each Temporal package, so that a payload is the same class everywhere', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const temporal = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(([name]) =>
    name.startsWith('@temporalio/'),
  );

  const versions = new Set(temporal.map(([, version]) => version));

  expect([...versions]).toHaveLength(1);
});

it('gives every Temporal package the same protobufjs, of the major version 8', async () => {
  const { stdout } = await promisify(execFile)('npm', ['ls', 'protobufjs', '--all', '--json'], { cwd: root });
  const users = usersOf('protobufjs', { name: 'policy-rollout', tree: JSON.parse(stdout) as Tree });

  const versions = new Set(users.filter(({ user }) => user.startsWith('@temporalio/')).map(({ version }) => version));

  expect([...versions]).toEqual([expect.stringMatching(/^8\./)]);
});

it('has no file that is named after nothing', async () => {
  const files = await Promise.all(
    ['src', 'test', 'scripts'].map((folder) => readdir(join(root, folder), { recursive: true })),
  );

  const vague = files.flat().filter((path) => /(^|\/)(utils?|helpers?|common|misc|shared|lib)([.][a-z]+)?$/.test(path));

  expect(vague).toEqual([]);
});

/** Who depends on a package, and on which version of it. */
function usersOf(
  wanted: string,
  { name, tree }: { readonly name: string; readonly tree: Tree },
): { user: string; version: string }[] {
  return Object.entries(tree.dependencies ?? {}).flatMap(([dependency, subtree]) => [
    ...(dependency === wanted ? [{ user: name, version: subtree.version ?? '' }] : []),
    ...usersOf(wanted, { name: dependency, tree: subtree }),
  ]);
}

import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ICruiseResult, IConfiguration } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const configuration = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as IConfiguration;
const rules = configuration.forbidden ?? [];

it('is kept to by every import of the project', async () => {
  const { violations } = await cruiseFolder(root, ['src', 'test', 'scripts']);

  expect(violations).toEqual([]);
});

it('speaks of every folder of src', async () => {
  const entries = await readdir(join(root, 'src'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);

  const ruled = folders.filter((name) => rules.some(({ from }) => isAbout(from.path, `src/${name}/any.ts`, name)));

  expect(ruled).toEqual(folders);
});

describe('a planted violation', () => {
  /** rule, file that breaks it, what it imports */
  const planted: readonly (readonly [rule: string, file: string, imported: string])[] = [
    ['no-circular', 'src/domain/egg.ts', './hen.ts'],
    ['not-unresolvable', 'src/domain/lost.ts', './nowhere.ts'],
    ['not-to-test', 'src/cli/leans-on-test.ts', '../../test/support/builders.ts'],
    ['not-to-test', 'src/cli/leans-on-scripts.ts', '../../scripts/temporal/find.mjs'],
    ['not-to-dev-dependency', 'src/cli/leans-on-tool.ts', 'vitest'],
    ['no-vague-names', 'src/domain/vague.ts', './utils.ts'],
    ['domain-is-pure', 'src/domain/reads-file.ts', 'node:fs'],
    ['domain-is-pure', 'src/domain/checks-by-zod.ts', 'zod'],
    ['contracts-hold-no-logic', 'src/contracts/acts.ts', '../aws/shares.ts'],
    ['contracts-define-with-temporal', 'src/contracts/messages.ts', '@temporalio/client'],
    ['workflows-import-no-effects', 'src/workflows/acts.ts', '../activities/shares.ts'],
    ['workflows-import-no-effects', 'src/workflows/reads-file.ts', 'node:fs'],
    ['workflows-never-reach-effects', 'src/workflows/acts-by-detour.ts', '../contracts/detour.ts'],
    ['activities-own-the-effects', 'src/activities/asks-cli.ts', '../cli/output.ts'],
    ['aws-is-an-adapter', 'src/aws/knows-temporal.ts', '@temporalio/common'],
    ['aws-sdk-only-in-aws', 'src/activities/calls-aws.ts', '@aws-sdk/client-ram'],
    ['config-is-an-edge', 'src/config/connects.ts', '../client.ts'],
    ['client-knows-temporal-alone', 'src/client/acts.ts', '../activities/shares.ts'],
    ['codec-sees-payloads-alone', 'src/codec/asks-client.ts', '../client.ts'],
    ['client-sdk-only-in-client', 'src/cli/connects.ts', '@temporalio/client'],
    ['worker-sdk-only-in-worker', 'src/client/works.ts', '@temporalio/worker'],
    ['worker-parts-know-the-sdk-alone', 'src/worker/acts.ts', '../activities/shares.ts'],
    ['cli-is-thin', 'src/cli/commands/acts.ts', '../../activities/shares.ts'],
    ['programs-are-started-by-one-command', 'src/cli/commands/worker.ts', '../../activities/shares.ts'],
    ['renderers-are-pure', 'src/cli/render/fetches.ts', '../../client.ts'],
    ['simulator-stands-alone', 'src/simulator/shares-code.ts', '../domain/arn.ts'],
    ['nobody-imports-simulator', 'src/aws/simulates.ts', '../simulator/state.ts'],
    ['set-up-needs-nothing-installed', 'scripts/setup/early.mjs', 'zod'],
  ];
  const harmless: Readonly<Record<string, string>> = {
    'src/domain/arn.ts': '',
    'src/domain/hen.ts': "import './egg.ts';",
    'src/domain/utils.ts': '',
    'src/domain/nobody-imports-this.ts': '',
    'src/contracts/detour.ts': "import '../aws/shares.ts';",
    'src/aws/shares.ts': "import '@aws-sdk/client-ram';",
    'src/activities/shares.ts': '',
    'src/cli/output.ts': '',
    'src/client.ts': '',
    'src/simulator/state.ts': '',
    'scripts/temporal/find.mjs': '',
    'test/support/builders.ts': '',
  };
  const packages = ['zod', 'vitest', '@temporalio/client', '@temporalio/common', '@temporalio/worker'];

  let folder: string;
  let found: readonly string[];

  beforeAll(async () => {
    // The real path: the cruiser leaves out the folders above its base only where it knows them by the same name.
    folder = await realpath(await mkdtemp(join(tmpdir(), 'boundaries-')));
    for (const [path, content] of Object.entries(harmless)) await write(path, content);
    for (const [, path, imported] of planted) await write(path, `import '${imported}';`);
    for (const name of [...packages, '@aws-sdk/client-ram']) await writePackage(name);
    await write('package.json', manifestWithDependencies());
    const { violations } = await cruiseFolder(folder, ['src', 'test', 'scripts']);
    found = violations;
  });

  afterAll(() => rm(folder, { recursive: true }));

  it.each(planted)('of %s is caught: %s imports %s', (rule, file) => {
    expect(found.filter((violation) => violation.startsWith(`${rule}: ${file} `))).not.toEqual([]);
  });

  it('of no-orphans is caught', () => {
    expect(found).toContain('no-orphans: src/domain/nobody-imports-this.ts > src/domain/nobody-imports-this.ts');
  });

  it('exists for every rule', () => {
    const rulesOfPlanted = new Set([...planted.map(([rule]) => rule), 'no-orphans']);

    expect(rules.map(({ name }) => name).filter((name) => !rulesOfPlanted.has(String(name)))).toEqual([]);
  });

  async function write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }

  async function writePackage(name: string): Promise<void> {
    await write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    await write(`node_modules/${name}/index.js`, '');
  }

  function manifestWithDependencies(): string {
    const shipped = [...packages.filter((name) => name !== 'vitest'), '@aws-sdk/client-ram'];
    const dependencies = Object.fromEntries(shipped.map((name) => [name, '1.0.0']));
    return JSON.stringify({ name: 'planted', type: 'module', dependencies, devDependencies: { vitest: '1.0.0' } });
  }
});

/** Every violation as "rule: from > to". */
async function cruiseFolder(baseDir: string, folders: string[]): Promise<{ violations: readonly string[] }> {
  const result = await cruise(folders, {
    ...configuration.options,
    baseDir,
    validate: true,
    ruleSet: { forbidden: rules },
  });
  const { summary } = result.output as ICruiseResult;
  return { violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} > ${to}`) };
}

function isAbout(paths: string | string[] | undefined, file: string, folder: string): boolean {
  // A rule about all of src says nothing about one folder.
  return [paths ?? []].flat().some((path) => path.includes(folder) && new RegExp(path).test(file));
}

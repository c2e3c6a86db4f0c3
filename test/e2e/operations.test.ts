import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import { findTemporalCli } from '../../scripts/temporal/find.mjs';
import { realOutside } from '../../scripts/temporal/outside.mjs';
import { loadKeyRing } from '../../src/codec/key-ring.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startGuardedSimulator } from '../support/guarded-simulator.ts';
import { buildForTests, runBuiltCli } from '../support/built-cli.ts';
import { readComposeCommand } from '../support/compose-command.ts';
import { composeText, parseCompose } from '../support/compose.ts';
import { readCommands, wordsOf } from '../support/operations-pages.ts';
import type { RunningCli } from '../support/running-cli.ts';
import { startCli } from '../support/running-cli.ts';
import { anImageArn } from '../support/simulator.ts';

const pages = [
  'security.md',
  ...(await readdir(join(projectRoot, 'docs', 'operations'))).map((name) => `operations/${name}`),
];
const commandsOf = new Map(await Promise.all(pages.map(async (page) => [page, await readCommands(page)] as const)));

// They go on until they are ended.
const programs: Readonly<Record<string, string>> = { worker: 'Polling', 'codec-server': 'serving' };

// The worker of the demo polls it, so only commands that name it reach the demo.
const demoQueue = parseCompose(await composeText()).services['demo-worker']?.environment?.['POLICY_ROLLOUT_TASK_QUEUE'];

let folder = '';
let temporalCli = '';
let simulator: Simulator;
let workers: readonly RunningCli[] = [];

beforeAll(async () => {
  await buildForTests();
  temporalCli = await findTemporalCli(realOutside(new AbortController().signal));
  folder = await mkdtemp(join(tmpdir(), 'policy-rollout-operations-'));
  const images = ['web', 'db'].map((name) => anImageArn({ name }));
  const manifest = {
    apiVersion: 'policy-rollout/v1',
    name: 'golden-images',
    policy: { principals: ['222222222222'] },
    images: { include: images },
  };
  await writeFile(join(folder, 'golden-images.yaml'), JSON.stringify(manifest));
  const gated = {
    ...manifest,
    name: 'gated-images',
    policy: { principals: ['222222222222', '333333333333'] },
    strategy: {
      waves: [{ name: 'canary', count: 1, approval: { required: 1, timeout: '10m' } }, { name: 'everything' }],
    },
  };
  await writeFile(join(folder, 'gated-images.yaml'), JSON.stringify(gated));
  await writeFile(join(folder, 'keys.txt'), '');
  // As the containers of the command line have them.
  await mkdir(join(folder, 'manifests'));
  await cp(join(folder, 'golden-images.yaml'), join(folder, 'manifests', 'golden-images.yaml'));
  await cp(join(projectRoot, 'deploy', 'demo'), join(folder, 'demo'), { recursive: true });
  const demo = JSON.parse(await readFile(join(folder, 'demo', 'seed.json'), 'utf8')) as { images: { arn: string }[] };
  const seeded = new Set([...images, ...demo.images.map(({ arn }) => arn)]);
  simulator = await startGuardedSimulator({ seed: { images: [...seeded].map((arn) => ({ arn })) } });
  await run('policy-rollout setup --retention 30');
  workers = await Promise.all(
    [{}, { POLICY_ROLLOUT_BUILD_ID: '2026-11' }, { POLICY_ROLLOUT_TASK_QUEUE: demoQueue ?? '' }].map((own) =>
      startCli(['worker'], 'Polling', { ...variables(), ...own }),
    ),
  );
  await run('policy-rollout apply golden-images.yaml --yes');
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill('SIGKILL')));
  await simulator.close();
  await rm(folder, { recursive: true });
});

function variables(): Readonly<Record<string, string>> {
  return {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: `operations-${process.pid}`,
    AWS_ENDPOINT_URL: simulator.url,
  };
}

async function run(line: string): Promise<{ readonly exitCode: number; readonly output: string }> {
  const [command = '', expected] = line.split(/ +# exit code /);
  const [program, ...words] = wordsOf(command);
  const args = words.map((word) => (word.endsWith('.yaml') ? join(folder, word) : word));
  const outcome = await execute(program ?? '', args, command);
  return { ...outcome, exitCode: outcome.exitCode - Number(expected ?? 0) };
}

async function execute(program: string, args: readonly string[], command: string) {
  if (program === 'policy-rollout') return runOwn(args);
  if (program === 'temporal') return runProgram(temporalCli, args);
  if (program === 'docker') return runCompose(args);
  return runProgram('sh', ['-c', command]);
}

async function runOwn(args: readonly string[], own: Readonly<Record<string, string>> = {}) {
  const ready = args.includes('--check') ? undefined : programs[args[0] ?? ''];
  if (ready === undefined) {
    const { exitCode, stdout, stderr } = await runBuiltCli(args, { ...variables(), ...own });
    return { exitCode, output: stdout + stderr };
  }
  const codecKeys = args[0] === 'codec-server' ? { POLICY_ROLLOUT_CODEC_KEYS: join(folder, 'keys.txt') } : {};
  const started = await startCli(args, ready, { ...variables(), ...codecKeys });
  await started.kill('SIGTERM');
  return { exitCode: 0, output: '' };
}

async function runProgram(program: string, args: readonly string[]) {
  const options = { cwd: folder, env: { ...process.env, ...variables() } };
  return promisify(execFile)(program, args, options).then(
    ({ stdout }) => ({ exitCode: 0, output: stdout }),
    (error: unknown) => ({ exitCode: 1, output: String(error) }),
  );
}

/**
 * There is no container engine here: what a command names has to be in the compose file, and the product's own command
 * line runs as it is. What is executed in other containers is executed on a cluster, by cluster-backup.test.ts.
 */
async function runCompose(words: readonly string[]) {
  const command = readComposeCommand(words, parseCompose(await composeText()));
  if (command?.verb === 'run' && command.service === 'cli') return runOwn(command.words, command.variables);
  return { exitCode: command === null ? 1 : 0, output: words.join(' ') };
}

describe.each(pages)('%s', (page) => {
  it('has only commands that work, in their order', async () => {
    const failed: string[] = [];
    for (const command of commandsOf.get(page) ?? []) {
      const { exitCode, output } = await run(command);
      if (exitCode !== 0) failed.push(`${command}: ${exitCode} ${output}`);
    }

    expect(failed).toEqual([]);
  });
});

it('the page of security makes a file of keys', async () => {
  expect((await loadKeyRing(join(folder, 'keys.txt'))).map(({ id }) => id)).toEqual(['2026-11']);
});

it.each([
  'policy-rollout nothing',
  'temporal workflow nothing',
  'docker compose up nobody',
  'docker compose --profile no up',
  'docker compose run --rm cli nothing',
  'docker compose exec nobody pg_dump',
])('the command `%s` on a page would be found', async (command) => {
  expect((await run(command)).exitCode).not.toBe(0);
});

it('the overview links every page', async () => {
  const overview = await readFile(join(projectRoot, 'docs', 'operations.md'), 'utf8');

  expect(pages.filter((page) => !overview.includes(`(${page})`))).toEqual([]);
});

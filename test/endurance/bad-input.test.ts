import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { badManifests } from '../support/bad-manifests.ts';
import type { Variables } from '../support/built-cli.ts';
import {
  buildForTests,
  builtExecutable,
  killAndWait,
  runBuiltCli,
  spawnBuiltWorker,
  startBuiltWorker,
} from '../support/built-cli.ts';
import type { CapturedRun } from '../support/captured-io.ts';
import { runCaptured } from '../support/captured-io.ts';
import { expectNothingOfTheInside, expectOneClearMessage } from '../support/clear-message.ts';
import { aGuardedSimulator } from '../support/guarded-simulator.ts';
import { anImageArn, writesOf } from '../support/simulator.ts';

const image = anImageArn();
const hostile = 'a\u001b[2J\u001b]0;owned\u0007\u009b31m\u202eb';
let folder = '';
let unreachableAws: { readonly worker: ChildProcess | null; readonly result: Promise<CapturedRun> | null } = {
  worker: null,
  result: null,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-rollout-bad-'));
  await writeFile(join(folder, 'limits.yaml'), 'owners: 7\n');
  await writeFile(join(folder, 'temporal.toml'), '[profile.default\naddress = 1');
  await buildForTests();
  // A step waits for 45 s before it gives its slot back and says why; the other tests use that time.
  unreachableAws = {
    worker: await spawnBuiltWorker(reaching('aws-dead', awsAt('http://127.0.0.1:1'))),
    result: runBuiltCli(['apply', await aManifest('aws-dead'), '--yes', '--timeout', '90s'], reaching('aws-dead')),
  };
});

afterEach(() => vi.unstubAllEnvs());

afterAll(async () => {
  if (unreachableAws.worker !== null) await killAndWait(unreachableAws.worker);
  await rm(folder, { recursive: true });
});

/** Writes a manifest that is right, of a rollout that no other test has. */
async function aManifest(name: string): Promise<string> {
  const policy = { principals: ['222222222222'] };
  const manifest = { apiVersion: 'policy-rollout/v1', name, policy, images: { include: [image] } };
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, JSON.stringify(manifest));
  return path;
}

/** The environment of a command that reaches Temporal, on a task queue of its own. */
function reaching(taskQueue: string, more: Variables = {}): Variables {
  return {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: inject('temporalNamespace'),
    POLICY_ROLLOUT_TASK_QUEUE: taskQueue,
    ...more,
  };
}

/** Runs a command line in this process: most cases need no other, and a hundred of them take their time. */
function runHere(argv: readonly string[], variables: Variables = {}): Promise<CapturedRun> {
  const { POLICY_ROLLOUT_TASK_QUEUE: taskQueue = '', ...environment } = reaching('nobody-listens', variables);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return runCaptured(argv, { taskQueue });
}

/** Variables that name a file name it in the folder of the tests. */
function inFolder(variables: Variables): Variables {
  const isFile = (value: string): boolean => /\.(toml|yaml)$/.test(value);
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, isFile(value) ? join(folder, value) : value]),
  );
}

function awsAt(url: string): Variables {
  return {
    AWS_ENDPOINT_URL_IMAGEBUILDER: url,
    AWS_ENDPOINT_URL_RAM: url,
    AWS_ENDPOINT_URL_STS: url,
    AWS_ACCESS_KEY_ID: 'AKIA111111111111TEST',
    AWS_SECRET_ACCESS_KEY: 'simulated',
  };
}

describe('a manifest with', () => {
  it.each(badManifests)('$what is refused: $exitCode $code', async ({ text, exitCode, code, says }) => {
    const path = join(folder, 'manifest.yaml');
    await writeFile(path, text);

    const result = await runHere(['apply', path, '--yes']);

    expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode, stdout: '' });
    expectOneClearMessage(result, code, says);
  });
});

describe('a command line with', () => {
  it.each<[string, readonly string[], number, string, string]>([
    ['nothing', [], 64, 'usage-wrong', 'No command'],
    ['a verb that is none', ['deploy'], 64, 'usage-wrong', 'deploy'],
    ['a hostile verb', [hostile], 64, 'usage-wrong', 'unknown command'],
    ['a hostile option', ['status', 'x', `--${hostile}`], 64, 'usage-wrong', 'unknown option'],
    ['no manifest', ['apply', '--yes'], 64, 'usage-wrong', 'manifest'],
    ['a manifest that is not there', ['apply', 'none.yaml', '--yes'], 66, 'file-not-found', 'none.yaml'],
    ['no manifest to plan', ['plan', 'none.yaml'], 66, 'file-not-found', 'none.yaml'],
    ['no manifest to compare with', ['drift', 'none.yaml'], 66, 'file-not-found', 'none.yaml'],
    ['no manifest to verify', ['verify', 'none.yaml'], 66, 'file-not-found', 'none.yaml'],
    ['an impossible pace', ['plan', 'none.yaml', '--calls-per-second', '0'], 64, 'usage-wrong', '--calls-per-second'],
    ['a folder as manifest', ['apply', tmpdir(), '--yes'], 66, 'file-not-found', tmpdir()],
    ['a hostile manifest', ['apply', hostile, '--yes'], 66, 'file-not-found', 'ab'],
    ['an image without build', ['image', image.slice(0, -2), '--yes'], 65, 'image-arn-invalid', 'image/web/1.0.0'],
    ['a hostile image', ['image', hostile, '--yes'], 65, 'image-arn-invalid', 'ab'],
    ['an image without policy', ['image', image, '--yes'], 64, 'usage-wrong', '--principals'],
    ['a wrong principal', ['image', image, '--principals', 'ann', '--yes'], 65, 'policy-invalid', 'ann'],
    [
      'a policy that is not there',
      ['image', image, '--policy', 'none.json', '--yes'],
      66,
      'file-not-found',
      'none.json',
    ],
    ['a rollout that is not there', ['status', 'nobody'], 66, 'rollout-not-found', 'nobody'],
    ['a report that is not there', ['report', 'nobody'], 66, 'rollout-not-found', 'nobody'],
    ['nothing to watch', ['watch', 'nobody'], 66, 'rollout-not-found', 'nobody'],
    ['nothing to abort', ['abort', 'nobody', '--reason', 'x', '--yes'], 66, 'rollout-not-found', 'nobody'],
    ['a hostile rollout', ['status', hostile], 66, 'rollout-not-found', 'ab'],
    ['a rollout of 2,000 letters', ['status', 'a'.repeat(2_000)], 66, 'rollout-not-found', 'aaaa'],
    [
      'the id of a batch',
      ['abort', 'x/0a1b2c3d/all/0001', '--reason', 'x', '--yes'],
      66,
      'rollout-not-found',
      'x/0a1b',
    ],
    ['no reason', ['abort', 'nobody', '--yes'], 64, 'usage-wrong', '--reason'],
    ['an empty reason', ['abort', 'nobody', '--yes', '--reason', ' '], 64, 'usage-wrong', 'Say why'],
    ['an endless reason', ['abort', 'x', '--reason', 'r'.repeat(90_000)], 64, 'usage-wrong', 'at most 1000 characters'],
    ['no retention', ['setup', '--retention', 'forever'], 64, 'usage-wrong', 'forever'],
    ['an endless wait', ['watch', 'nobody', '--timeout', 'forever'], 64, 'usage-wrong', 'forever'],
  ])('%s ends with one message', async (_what, argv, exitCode, code, says) => {
    const result = await runHere(argv);

    expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode, stdout: '' });
    expectOneClearMessage(result, code, [says]);
  });

  it.each<[string, readonly string[], number]>([
    ['a verb that is none', ['deploy'], 64],
    ['a hostile rollout', ['status', hostile], 66],
    ['nobody to work', ['apply', 'good', '--yes'], 69],
  ])('%s ends alike as a process, and with --json in one document', async (_what, words, exitCode) => {
    const path = await aManifest('as-a-process');
    const argv = words.map((word) => (word === 'good' ? path : word));

    const [here, asText, asJson] = await Promise.all([
      runHere(argv),
      runBuiltCli(argv, reaching('nobody-listens')),
      runBuiltCli([...argv, '--json'], reaching('nobody-listens')),
    ]);

    expect(asText).toEqual({ ...here, exitCode });
    expect(asJson).toMatchObject({ exitCode, stderr: '' });
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      formatVersion: 1,
      error: { detail: expect.any(String) as string },
    });
  });

  it('an output that takes no text ends with 1, and says so', async () => {
    const full = await open('/dev/full', 'w');
    onTestFinished(() => full.close());

    const child = spawn(process.execPath, [builtExecutable, 'schema'], { stdio: ['ignore', full.fd, 'pipe'] });
    const said = await textOf(Readable.from(child.stderr ?? []));

    expect(child.exitCode ?? (await once(child, 'close'))[0]).toBe(1);
    expectOneClearMessage({ exitCode: 1, stdout: '', stderr: said }, 'output-unwritable', ['ENOSPC']);
  });

  it('a change and nobody to ask changes nothing', async () => {
    const result = await runHere(['apply', await aManifest('unasked')]);

    expect(result.exitCode).toBe(64);
    expectOneClearMessage(result, 'confirmation-missing', ['--yes']);
  });
});

describe('Temporal', () => {
  it.each<[string, Variables, string, string]>([
    ['is not there', { TEMPORAL_ADDRESS: '127.0.0.1:1' }, 'temporal-unreachable', '127.0.0.1:1'],
    [
      'has a name that nobody knows',
      { TEMPORAL_ADDRESS: 'no.such.host.invalid:7233' },
      'temporal-unreachable',
      'no.such.host.invalid',
    ],
    ['has an address that is none', { TEMPORAL_ADDRESS: 'not an address' }, 'temporal-unreachable', 'not an address'],
    ['has an empty address', { TEMPORAL_ADDRESS: '' }, 'temporal-unreachable', 'host or host:port'],
    ['has an address with a scheme', { TEMPORAL_ADDRESS: 'http://a:1' }, 'temporal-unreachable', 'host or host:port'],
    ['does not speak TLS', { TEMPORAL_TLS: 'true' }, 'temporal-unreachable', '127.0.0.1'],
    [
      'is configured in a broken file',
      { TEMPORAL_CONFIG_FILE: 'temporal.toml' },
      'temporal-unreachable',
      'TEMPORAL_CONFIG_FILE',
    ],
    ['has no such namespace', { TEMPORAL_NAMESPACE: 'nowhere' }, 'temporal-namespace-missing', 'nowhere'],
    ['has no worker', {}, 'no-worker', 'nobody-listens'],
  ])('%s: 69', async (what, variables, code, says) => {
    const path = await aManifest(`temporal-${what.replaceAll(/[^a-z]/g, '-')}`);

    const result = await runHere(['apply', path, '--yes'], inFolder(variables));

    expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode: 69, stdout: '' });
    expectOneClearMessage(result, code, [says]);
  });

  it('is something else: 69', async () => {
    const simulator = await aGuardedSimulator();

    const result = await runHere(['status', 'x'], { TEMPORAL_ADDRESS: new URL(simulator.url).host });

    expect(result.exitCode).toBe(69);
    expectOneClearMessage(result, 'temporal-unreachable', [new URL(simulator.url).host]);
  });

  it('has a namespace that was not set up: 69', async () => {
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    onTestFinished(() => connection.close());
    const namespace = `bare-${process.pid}`;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('24 hours'),
    });
    const path = await aManifest('not-set-up');

    await vi.waitFor(
      async () => {
        const result = await runHere(['apply', path, '--yes'], { TEMPORAL_NAMESPACE: namespace });

        expect(result.exitCode).toBe(69);
        expectOneClearMessage(result, 'temporal-attributes-missing', [
          namespace,
          'RolloutName',
          'policy-rollout setup',
        ]);
      },
      // Frontends learn of a new namespace from a cache.
      { timeout: 20_000 },
    );
  });

  it.each<[string, Variables, number, string]>([
    ['Temporal', { TEMPORAL_ADDRESS: '127.0.0.1:1' }, 69, 'temporal-unreachable'],
    ['its namespace', { TEMPORAL_NAMESPACE: 'nowhere' }, 69, 'temporal-namespace-missing'],
    ['its limits', { POLICY_ROLLOUT_LIMITS: 'none.yaml' }, 66, 'file-not-found'],
    ['limits that are right', { POLICY_ROLLOUT_LIMITS: 'limits.yaml' }, 65, 'limits-invalid'],
  ])('gets no worker without %s', async (_what, variables, exitCode, code) => {
    const result = await runBuiltCli(['worker'], reaching('bad-worker', inFolder(variables)));

    expect(result.exitCode).toBe(exitCode);
    expectOneClearMessage(result, code, []);
  });
});

describe('AWS', () => {
  it('cannot be reached: 69, and the message says where', async () => {
    const result = (await unreachableAws.result) ?? { exitCode: -1, stdout: '', stderr: '' };

    expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode: 69, stdout: '' });
    expectOneClearMessage(result, 'aws-unavailable', ['127.0.0.1:1', 'AWS_ENDPOINT_URL']);
  });

  it.each([
    ['credentials that have expired', 'ExpiredTokenException', 403, 69, 'aws-credentials-expired'],
    ['credentials of nobody', 'UnrecognizedClientException', 403, 69, 'aws-credentials-expired'],
    ['no permission', 'AccessDeniedException', 403, 7, 'aws-access-denied'],
  ])('answers to %s: the code says so, and nothing is written', async (_what, name, status, exitCode, code) => {
    const simulator = await aGuardedSimulator({ seed: { images: [{ arn: image }] } });
    simulator.addFaults([
      { operation: '*', times: 'always', answer: { kind: 'error', status, name, message: hostile } },
    ]);
    const taskQueue = `aws-${name.toLowerCase()}`;
    await startBuiltWorker(reaching(taskQueue, awsAt(simulator.url)));
    const path = await aManifest(taskQueue);

    const result = await runBuiltCli(['apply', path, '--yes', '--timeout', '60s'], reaching(taskQueue));

    expect(result.stdout).toContain(code);
    expect(result.stdout).toContain('what to do:');
    expect(result.exitCode).toBe(exitCode);
    expectNothingOfTheInside(`${result.stdout}${result.stderr}`.replaceAll(/\b\w+Exception\b/g, ''));
    expect(writesOf(simulator, image)).toEqual([]);
  });

  it('does not know the image: 7, and nothing is written', async () => {
    const simulator = await aGuardedSimulator();
    await startBuiltWorker(reaching('aws-gone', awsAt(simulator.url)));

    const result = await runBuiltCli(['apply', await aManifest('aws-gone'), '--yes'], reaching('aws-gone'));

    expect(result.exitCode).toBe(7);
    expect(result.stdout).toContain('image-gone');
    expect(writesOf(simulator, image)).toEqual([]);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { connect } from '../../src/client.ts';
import type { Check } from '../../src/domain/doctor.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { Seed } from '../../src/simulator/seed.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startGuardedSimulator } from '../support/guarded-simulator.ts';
import type { RunningCli } from '../support/running-cli.ts';
import { startClockProxy } from '../support/clock-proxy.ts';
import { startCli } from '../support/running-cli.ts';
import { buildForTests, runBuiltCli } from '../support/built-cli.ts';
import { runCaptured } from '../support/captured-io.ts';
import { anImageArn, writesOf } from '../support/simulator.ts';

const image = anImageArn();
const reader = '222222222222';
const namespace = `doctor-${process.pid}`;
const taskQueue = 'doctor';
const roleOf = (account: string, name = 'image-publisher'): string => `arn:aws:iam::${account}:role/${name}`;

const limits = `apiVersion: policy-rollout/v1
ownerAccounts:
  '111111111111': { roleArn: '${roleOf('111111111111')}', externalId: right }
  '444444444444': { roleArn: '${roleOf('444444444444')}', externalId: wrong }
  '555555555555': {}
assumableRoles:
  - { roleArn: '${roleOf(reader, 'image-reader')}', externalId: right }
  - { roleArn: '${roleOf('777777777777', 'image-reader')}', externalId: right }
grantTo: { accounts: ['${reader}'] }
`;

const settings = {
  roles: [
    { arn: roleOf('111111111111'), externalId: 'right' },
    { arn: roleOf('444444444444'), externalId: 'right' },
    { arn: roleOf(reader, 'image-reader'), externalId: 'right' },
    { arn: roleOf('777777777777', 'image-reader'), isDenied: true },
  ],
  organization: { id: 'o-simulated01', managementAccount: '999999999999', members: ['111111111111'] },
};

let folder = '';
let simulator: Simulator;
let workers: readonly RunningCli[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-rollout-doctor-'));
  await buildForTests();
  await writeFile(join(folder, 'limits.yaml'), limits);
  await writeFile(join(folder, 'bad-limits.yaml'), 'owners: 7\n');
  await writeFile(join(folder, 'keys'), `k1 ${Buffer.alloc(32, 1).toString('base64')}\n`);
  simulator = await startGuardedSimulator({ settings });
  for (const [name, days] of [
    [namespace, 30],
    [`${namespace}-short`, 1],
  ] as const) {
    await inNamespace(name, (client) => client.setup({ retentionDays: days }));
  }
  await makeNamespace(`${namespace}-bare`, {});
  await makeNamespace(`${namespace}-typed`, { ImageArn: 1 });
  workers = await Promise.all([
    startWorker({ POLICY_ROLLOUT_LIMITS: join(folder, 'limits.yaml') }),
    startWorker({ POLICY_ROLLOUT_TASK_QUEUE: 'doctor-unlimited' }),
    startWorker({ POLICY_ROLLOUT_TASK_QUEUE: 'doctor-keys', POLICY_ROLLOUT_CODEC_KEYS: join(folder, 'keys') }),
    startWorker({
      TEMPORAL_NAMESPACE: `${namespace}-short`,
      POLICY_ROLLOUT_LIMITS: join(folder, 'limits.yaml'),
    }),
  ]);
  // A worker says that it polls before Temporal knows of it.
  await Promise.all([
    untilPolled(namespace, taskQueue),
    untilPolled(namespace, 'doctor-unlimited'),
    untilPolled(namespace, 'doctor-keys'),
    untilPolled(`${namespace}-short`, taskQueue),
  ]);
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill('SIGKILL')));
  await simulator.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  vi.stubEnv('TEMPORAL_ADDRESS', inject('temporalAddress'));
  vi.stubEnv('TEMPORAL_NAMESPACE', namespace);
});

afterEach(() => {
  vi.unstubAllEnvs();
  simulator.reset();
});

function startWorker(variables: Readonly<Record<string, string>>): Promise<RunningCli> {
  return startCli(['worker'], 'Polling', {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: namespace,
    POLICY_ROLLOUT_TASK_QUEUE: taskQueue,
    AWS_ENDPOINT_URL: simulator.url,
    AWS_ACCESS_KEY_ID: 'AKIA999999999999TEST',
    ...variables,
  });
}

async function inNamespace(name: string, use: (client: Awaited<ReturnType<typeof connect>>) => Promise<unknown>) {
  vi.stubEnv('TEMPORAL_ADDRESS', inject('temporalAddress'));
  vi.stubEnv('TEMPORAL_NAMESPACE', name);
  const client = await connect();
  await use(client);
  await client.close();
}

async function untilPolled(inNamespace: string, queue: string): Promise<void> {
  const place = {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: inNamespace,
    POLICY_ROLLOUT_TASK_QUEUE: queue,
  };
  const check = async () => expect(await runBuiltCli(['worker', '--check'], place)).toMatchObject({ exitCode: 0 });
  await vi.waitFor(check, { timeout: 60_000, interval: 100 });
}

/** A namespace that lacks our search attributes, but has these; numbers are Temporal's types. */
async function makeNamespace(name: string, searchAttributes: Readonly<Record<string, number>>): Promise<void> {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  const workflowExecutionRetentionPeriod = msToTs(30 * 86_400_000);
  await connection.workflowService.registerNamespace({ namespace: name, workflowExecutionRetentionPeriod });
  if (Object.keys(searchAttributes).length > 0) {
    await vi.waitFor(
      () => connection.operatorService.addSearchAttributes({ namespace: name, searchAttributes }),
      20_000,
    );
  }
  await connection.close();
}

interface Shape {
  readonly image?: string;
  /** Instead of the image. */
  readonly select?: { readonly account: string; readonly regions: readonly string[] };
  readonly principal?: string;
  readonly ownerRole?: string;
  readonly consumer?: string;
  readonly queue?: string;
  readonly codecKeysPath?: string;
}

/** Runs doctor on a manifest in which all is well but what the shape says. */
async function examine(shape: Shape = {}): Promise<{ exitCode: number; checks: readonly Check[] }> {
  const { principal = reader, consumer = reader, queue = taskQueue, ownerRole } = shape;
  const manifest = {
    apiVersion: 'policy-rollout/v1',
    name: 'examined',
    policy: { principals: [principal] },
    images: { include: [shape.select === undefined ? (shape.image ?? image) : { select: shape.select }] },
    verification: { consumerRoles: { [consumer]: { roleArn: roleOf(consumer, 'image-reader') } } },
    accounts: ownerRole === undefined ? {} : { '111111111111': { roleArn: ownerRole } },
  };
  const path = join(folder, 'manifest.json');
  await writeFile(path, JSON.stringify(manifest));
  const run = await runCaptured(['doctor', path, '--json'], {
    taskQueue: queue,
    codecKeysPath: shape.codecKeysPath ?? null,
  });
  const { checks } = JSON.parse(run.stdout) as { checks: readonly Check[] };
  return { exitCode: run.exitCode, checks };
}

function seed(more: Seed = {}): void {
  simulator.seed({ images: [{ arn: image }], ...more });
}

function denied(operation: string, name = 'AccessDeniedException'): FaultRule {
  return { operation, times: 'always', answer: { kind: 'error', status: 403, name } };
}

function strike(rule: FaultRule): undefined {
  simulator.addFaults([rule]);
}

const troubles = (checks: readonly Check[]): readonly Check[] => checks.filter(({ level }) => level !== 'ok');

it('a set-up in which all is well has nothing to mend, and nothing is written', async () => {
  seed();

  const { exitCode, checks } = await examine();

  expect(troubles(checks)).toEqual([]);
  expect(exitCode).toBe(0);
  expect(checks.map(({ id }) => id)).toEqual(
    ['node', 'temporal', 'tls', 'namespace', 'search-attributes', 'worker', 'worker-node', 'worker-limits'].concat(
      ['role', 'image-builder', 'ram', 'permissions', 'organization'],
      ['role', 'image-builder', 'ram'],
    ),
  );
  expect(writesOf(simulator, image)).toEqual([]);
});

it('tries every account and Region of a selection, though no image is named', async () => {
  seed();
  const journaled = simulator.journal().length;

  const { exitCode, checks } = await examine({
    select: { account: '111111111111', regions: ['us-east-1', 'eu-west-1'] },
  });

  expect(troubles(checks)).toEqual([]);
  expect(exitCode).toBe(0);
  expect(checks.slice(8).map(({ id, subject }) => `${subject}: ${id}`)).toEqual(
    ['us-east-1', 'eu-west-1'].flatMap((region) => [
      ...['role', 'image-builder', 'ram', 'permissions'].map((id) => `owner 111111111111 ${region}: ${id}`),
      ...['role', 'ram'].map((id) => `consumer ${reader} ${region}: ${id}`),
    ]),
  );
  const calls = simulator.journal().slice(journaled);
  expect(calls.filter(({ operation }) => operation === 'ListImages').map(({ region }) => region)).toEqual(
    expect.arrayContaining(['us-east-1', 'eu-west-1']),
  );
  expect(calls.filter(({ isWrite }) => isWrite)).toEqual([]);
});

it.each([
  ['behind by 10', 10],
  ['ahead by 10', -10],
  // So little that AWS still takes the calls.
  ['behind by 3', 3],
])('names the clock of a worker that is %s min, and nothing that comes of it', async (_what, minutes) => {
  seed();
  const queue = `doctor-clock-${minutes}`;
  const url = await startClockProxy(simulator.url, minutes * 60_000);
  const worker = await startWorker({
    POLICY_ROLLOUT_TASK_QUEUE: queue,
    POLICY_ROLLOUT_LIMITS: join(folder, 'limits.yaml'),
    AWS_ENDPOINT_URL: url,
  });
  onTestFinished(() => worker.kill('SIGKILL'));
  await untilPolled(namespace, queue);

  const { exitCode, checks } = await examine({ queue });

  const finding = `the worker's clock is ${Math.abs(minutes)} min ${minutes > 0 ? 'behind' : 'ahead'}`;
  expect(checks.slice(8)).toMatchObject([
    { id: 'clock', subject: 'owner 111111111111 us-east-1', level: 'fail', finding },
    { id: 'clock', subject: `consumer ${reader} us-east-1`, level: 'fail', finding },
  ]);
  expect(exitCode).toBe(1);
});

it('for people has a line for each check, and says what to do', async () => {
  const run = await runCaptured(['doctor'], { taskQueue: 'doctor-unlimited' });

  expect(run.exitCode).toBe(0);
  expect(run.stdout).toMatch(/^ok {4}temporal +127\.0\.0\.1:\d+: server \d/m);
  expect(run.stdout).toMatch(/^warn {2}worker-limits .*\n +what to do: Start it with POLICY_ROLLOUT_LIMITS/m);
  expect(run.stdout).toMatch(/\n\d ok, 1 to look at, 0 to mend\n$/);
});

/** What is wrong, how it comes about, the one check that tells it, and its remedy. */
type Broken = readonly [what: string, setUp: () => Shape | undefined, check: Readonly<Partial<Check>>, remedy: RegExp];

describe('names exactly what is wrong, and what to do:', () => {
  const cases: readonly Broken[] = [
    [
      'no server at the address',
      () => void vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1'),
      { id: 'temporal', level: 'fail' },
      /TEMPORAL_ADDRESS/,
    ],
    [
      'TLS towards a server without it',
      () => void vi.stubEnv('TEMPORAL_TLS', 'true'),
      { id: 'temporal', level: 'fail' },
      /TEMPORAL_TLS/,
    ],
    [
      'a namespace that is not there',
      () => void vi.stubEnv('TEMPORAL_NAMESPACE', 'nowhere'),
      { id: 'namespace', subject: 'nowhere', level: 'fail' },
      /TEMPORAL_NAMESPACE/,
    ],
    [
      'histories that are soon gone',
      () => void vi.stubEnv('TEMPORAL_NAMESPACE', `${namespace}-short`),
      { id: 'namespace', level: 'warn' },
      /setup --retention 30/,
    ],
    [
      'no worker on the task queue',
      () => ({ queue: 'nobody' }),
      { id: 'worker', subject: 'nobody', level: 'fail' },
      /policy-rollout worker/,
    ],
    [
      'a worker without limits',
      () => ({ queue: 'doctor-unlimited', ownerRole: roleOf('111111111111', 'untold'), consumer: '888888888888' }),
      { id: 'worker-limits', level: 'warn' },
      /POLICY_ROLLOUT_LIMITS/,
    ],
    [
      'a file of limits that is not valid',
      () => void vi.stubEnv('POLICY_ROLLOUT_LIMITS', join(folder, 'bad-limits.yaml')),
      { id: 'limits-file', level: 'fail' },
      /POLICY_ROLLOUT_LIMITS/,
    ],
    [
      'a file of keys that is not there',
      () => ({ codecKeysPath: join(folder, 'nowhere') }),
      { id: 'payload-keys', level: 'fail' },
      /path/,
    ],
    [
      'a worker whose keys are missing here',
      () => ({ queue: 'doctor-keys' }),
      { id: 'payload-keys', level: 'fail', finding: 'There is no key k1' },
      /POLICY_ROLLOUT_CODEC_KEYS/,
    ],
    [
      "a role whose external id is another one than the limits'",
      () => ({ image: anImageArn({ account: '444444444444' }) }),
      { id: 'role', subject: 'owner 444444444444 us-east-1', level: 'fail' },
      /trust policy/,
    ],
    [
      'a role that the limits do not name',
      () => ({ ownerRole: roleOf('111111111111', 'other') }),
      { id: 'role', subject: 'owner 111111111111 us-east-1', level: 'fail' },
      /POLICY_ROLLOUT_LIMITS/,
    ],
    [
      'credentials of another account',
      () => ({ image: anImageArn({ account: '555555555555' }) }),
      { id: 'role', subject: 'owner 555555555555 us-east-1', level: 'fail' },
      /Name a role of this account/,
    ],
    [
      'a role of a consumer that is denied',
      () => ({ consumer: '777777777777' }),
      { id: 'role', subject: 'consumer 777777777777 us-east-1', level: 'fail' },
      /trust policy/,
    ],
    [
      'a grant that the limits do not allow',
      () => ({ principal: '666666666666' }),
      { id: 'limits', level: 'fail', finding: 'The worker may not give access to 666666666666.' },
      /owner of the worker/,
    ],
    [
      'a role that may not read image policies',
      () => strike(denied('GetImagePolicy', 'ForbiddenException')),
      { id: 'image-builder', subject: 'owner 111111111111 us-east-1', level: 'fail' },
      /Allow the action/,
    ],
    [
      'a role that may not read RAM',
      () => strike(denied('ListPermissions')),
      { id: 'ram', subject: 'owner 111111111111 us-east-1', level: 'fail' },
      /Allow the action/,
    ],
    [
      "a selection in an account whose external id is another one than the limits'",
      () => ({ select: { account: '444444444444', regions: ['us-east-1'] } }),
      { id: 'role', subject: 'owner 444444444444 us-east-1', level: 'fail' },
      /trust policy/,
    ],
    [
      'a role that may not list the images of a selection',
      () => {
        strike(denied('ListImages'));
        return { select: { account: '111111111111', regions: ['us-east-1'] } };
      },
      { id: 'image-builder', subject: 'owner 111111111111 us-east-1', level: 'fail' },
      /Allow the action/,
    ],
    [
      'a grant of selected images that the limits do not allow',
      () => ({ select: { account: '111111111111', regions: ['us-east-1'] }, principal: '666666666666' }),
      { id: 'limits', level: 'fail', finding: 'The worker may not give access to 666666666666.' },
      /owner of the worker/,
    ],
    [
      'a consumer role that may not list what others share',
      () => {
        strike(denied('ListResources'));
        return { select: { account: '111111111111', regions: ['us-east-1'] } };
      },
      { id: 'ram', subject: `consumer ${reader} us-east-1`, level: 'fail' },
      /Allow the action/,
    ],
    [
      'an Image Builder that does not answer',
      () => strike({ operation: 'GetImage', times: 'always', answer: { kind: 'unavailable' } }),
      { id: 'image-builder', level: 'fail' },
      /network, the proxy/,
    ],
  ];

  it.each(cases)('%s', async (_what, setUp, check, remedy) => {
    seed();
    const shape = setUp();

    const { exitCode, checks } = await examine(shape);

    expect(troubles(checks)).toEqual([expect.objectContaining(check)]);
    expect(troubles(checks)[0]?.remedy).toMatch(remedy);
    expect(exitCode).toBe(check.level === 'fail' ? 1 : 0);
  });

  it.each([
    ['no search attributes', `${namespace}-bare`, /RolloutName, .* are missing|lacks/, /policy-rollout setup/],
    ['a search attribute of another type', `${namespace}-typed`, /ImageArn with another type/, /policy-rollout setup/],
  ])('%s', async (_what, name, finding, remedy) => {
    vi.stubEnv('TEMPORAL_NAMESPACE', name);

    const { exitCode, checks } = await examine();

    // Without them no worker polls there either.
    const [attributes, worker] = troubles(checks);
    expect([attributes?.id, worker?.id]).toEqual(['search-attributes', 'worker']);
    expect(attributes?.finding).toMatch(finding);
    expect(attributes?.remedy).toMatch(remedy);
    expect(exitCode).toBe(1);
  });

  const territory = { account: '111111111111', region: 'us-east-1', actions: ['imagebuilder:GetImage'] };

  it.each([
    [
      'no free managed permission',
      { permissions: Array.from({ length: 10 }, (_, at) => ({ ...territory, name: `theirs-${at}` })) },
      // RAM has a permission for what is wanted.
      { id: 'permissions', level: 'warn' },
      /Delete an unused permission/,
    ],
    [
      'an unused permission of ours',
      { permissions: [{ ...territory, name: 'policy-rollout-0123' }] },
      { id: 'permissions', level: 'warn' },
      /unused policy-rollout-0123/,
    ],
    [
      'an account outside the organisation that has not accepted',
      { shares: [{ images: [image], principals: [{ id: reader, status: 'ASSOCIATING' as const }] }] },
      { id: 'organization', level: 'warn', finding: `${reader} has not accepted an invitation` },
      /within 12 hours/,
    ],
  ])('%s', async (_what, more, check, remedy) => {
    seed(more);

    const { checks } = await examine();

    expect(troubles(checks)).toEqual([expect.objectContaining(check)]);
    expect(troubles(checks)[0]?.remedy).toMatch(remedy);
  });
});

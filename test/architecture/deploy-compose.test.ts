import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serverVersion } from '../../scripts/cluster/tools.mjs';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import { loadLimits } from '../../src/config/limits.ts';
import { runCaptured } from '../support/captured-io.ts';
import type { Compose, Service } from '../support/compose.ts';
import { composeText, parseCompose, variablesIn } from '../support/compose.ts';

const ownImage = 'policy-rollout:local';
// They end by themselves, or are started by hand.
const jobs = ['temporal-schema', 'namespace', 'cli'];

/** What is wrong with a compose file: each referenced file, variable, service, port and command has to exist. */
async function problemsOf(text: string): Promise<readonly string[]> {
  const compose = parseCompose(text);
  const services = Object.entries(compose.services);
  const lists = await Promise.all(
    services.map(async ([name, service]) => [
      ...imageProblems(name, service),
      ...fileProblems(name, service, compose),
      ...serviceProblems(name, service, compose),
      ...portProblems(name, service, compose),
      ...healthProblems(name, service),
      ...(await commandProblems(name, service)),
    ]),
  );
  return [...lists.flat(), ...secretProblems(text), ...(await variableProblems(text))];
}

function imageProblems(name: string, { image = '', build }: Service): readonly string[] {
  if (image === ownImage) return build === '.' ? [] : [`${name}: ${image} is not built here`];
  return /:\d+\.\d+/.test(image) ? [] : [`${name}: ${image} is not pinned`];
}

function fileProblems(name: string, { volumes = [] }: Service, compose: Compose): readonly string[] {
  return volumes.flatMap((volume) => {
    const source = volume.replace(/\$\{[A-Z_]+:-([^}]*)\}/, '$1').split(':')[0] ?? '';
    const isThere = source.startsWith('.')
      ? existsSync(join(projectRoot, source))
      : Object.hasOwn(compose.volumes, source);
    return isThere ? [] : [`${name}: there is no ${source}`];
  });
}

function serviceProblems(name: string, service: Service, { services }: Compose): readonly string[] {
  const needed = Object.entries(service.depends_on ?? {});
  const network = service.network_mode?.replace(/^service:/, '');
  return [
    ...needed
      .filter(([other]) => !Object.hasOwn(services, other))
      .map(([other]) => `${name}: there is no service ${other}`),
    ...needed
      .filter(([other, { condition }]) => (condition === 'service_completed_successfully') !== jobs.includes(other))
      .map(([other]) => `${name}: waits for ${other} in the wrong way`),
    ...(network === undefined || Object.hasOwn(services, network) ? [] : [`${name}: there is no service ${network}`]),
  ];
}

/** Addresses such as `temporal:7233` name a service and a port that it serves; nothing is open to other machines. */
function portProblems(
  name: string,
  { environment = {}, ports = [] }: Service,
  { services }: Compose,
): readonly string[] {
  const served: Readonly<Record<string, string>> = { temporal: '7233', postgresql: '5432', 'temporal-ui': '8080' };
  const addresses = Object.values(environment).filter((value) => /^[a-z-]+:\d+$/.test(value));
  return [
    ...addresses
      .map((address) => address.split(':'))
      .filter(([host = '', port]) => !Object.hasOwn(services, host) || served[host] !== port)
      .map(([host, port]) => `${name}: nobody serves ${host}:${port}`),
    ...ports.filter((port) => !port.startsWith('127.0.0.1:')).map((port) => `${name}: ${port} is open to all`),
  ];
}

function healthProblems(name: string, { healthcheck }: Service): readonly string[] {
  return healthcheck === undefined && !jobs.includes(name) ? [`${name}: has no health check`] : [];
}

/** The command lines of our own image exist: verb and flags. */
async function commandProblems(name: string, service: Service): Promise<readonly string[]> {
  if (service.image !== ownImage) return [];
  const check = service.healthcheck?.test ?? [];
  const own = check[2] === 'dist/cli/main.js' ? [check.slice(3)] : [];
  const lines = [service.command ?? ['worker'], ...own];
  const problems = await Promise.all(lines.map(commandProblem));
  return problems.flatMap((problem) => (problem === null ? [] : [`${name}: ${problem}`]));
}

async function commandProblem([verb = '', ...flags]: readonly string[]): Promise<string | null> {
  if (verb === '--help') return null;
  // The simulator has its own help, which is among its tests.
  if (verb === 'simulate') return null;
  const { stdout } = await runCaptured([verb, '--help']);
  if (!stdout.startsWith(`Usage: policy-rollout ${verb} `)) return `there is no verb ${verb}`;
  const unknown = flags.filter((flag) => flag.startsWith('--') && !stdout.includes(`${flag} `));
  return unknown.length === 0 ? null : `${verb} has no ${unknown.join(', ')}`;
}

function secretProblems(text: string): readonly string[] {
  return [...text.matchAll(/^ *(\w*(?:PASSWORD|PWD|SECRET|TOKEN)\w*): *(.+)$/gm)]
    .filter(
      ([, name = '', value = '']) =>
        !value.startsWith('${') && !(name === 'AWS_SECRET_ACCESS_KEY' && value === 'simulated'),
    )
    .map(([, name]) => `${name} stands in the file`);
}

async function variableProblems(text: string): Promise<readonly string[]> {
  const example = await readFile(join(projectRoot, '.env.example'), 'utf8');
  const told = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);
  const used = variablesIn(text);
  return [
    ...used.filter((name) => !told.includes(name)).map((name) => `.env.example does not name ${name}`),
    ...told.filter((name) => !used.includes(name)).map((name) => `.env.example names ${name}, which nobody reads`),
  ];
}

describe('the compose file', () => {
  it('has nothing wrong', async () => {
    expect(await problemsOf(await composeText())).toEqual([]);
  });

  it.each([
    [
      'an image without a version',
      'postgres:16.10-bookworm',
      'postgres:latest',
      'postgresql: postgres:latest is not pinned',
    ],
    ['a folder that is not there', './deploy/demo:', './deploy/gone:', 'simulator: there is no ./deploy/gone'],
    ['a volume that nobody declares', '- postgresql-data:', '- other-data:', 'postgresql: there is no other-data'],
    ['a variable that nobody tells', '${AWS_REGION:-', '${AWS_PLACE:-', '.env.example does not name AWS_PLACE'],
    [
      'a service that is not there',
      'postgresql: { condition',
      'postgres: { condition',
      'temporal-schema: there is no service postgres',
    ],
    [
      'a job that is waited for as a service',
      'namespace: { condition: service_completed_successfully }',
      'namespace: { condition: service_healthy }',
      'worker: waits for namespace in the wrong way',
    ],
    [
      'a port that nobody serves',
      'TEMPORAL_ADDRESS: temporal:7233',
      'TEMPORAL_ADDRESS: temporal:7234',
      'worker: nobody serves temporal:7234',
    ],
    ['a port that is open to all', '- 127.0.0.1:7233:7233', '- 7233:7233', 'temporal: 7233:7233 is open to all'],
    ['a verb that is not there', 'command: [setup,', 'command: [prepare,', 'namespace: there is no verb prepare'],
    ['a flag that is not there', '[setup, --retention,', '[setup, --keep,', 'namespace: setup has no --keep'],
    ['a health check with a wrong flag', 'worker, --check]', 'worker, --alive]', 'worker: worker has no --alive'],
    [
      'a service without health check',
      'healthcheck: &worker-health',
      'x-check: &worker-health',
      'worker: has no health check',
    ],
    [
      'a password in the file',
      'POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it in .env}',
      'POSTGRES_PASSWORD: temporal',
      'POSTGRES_PASSWORD stands in the file',
    ],
    [
      'an image that is not built here',
      '  worker:\n    <<: *worker\n',
      '  worker:\n    <<: *worker\n    build: ..\n',
      `worker: ${ownImage} is not built here`,
    ],
  ])('with %s has that wrong', async (_what, right, wrong, problem) => {
    const text = await composeText();
    const planted = text.replace(right, wrong);

    expect(planted).not.toBe(text);
    expect(await problemsOf(planted)).toContain(problem);
  });

  it('runs two workers, and the server that the tests build', async () => {
    const { services } = parseCompose(await composeText());

    expect(services['worker']?.deploy?.replicas).toBe(2);
    expect(services['temporal']?.image).toBe(`temporalio/server:${serverVersion}`);
    expect(services['temporal-schema']?.image).toBe(`temporalio/admin-tools:${serverVersion}`);
  });

  it('gives a worker more time to drain than it takes', async () => {
    expect(await composeText()).toContain('stop_grace_period: 75s');
    expect(await readFile(join(projectRoot, 'src', 'worker.ts'), 'utf8')).toContain(
      'shutdownForceTime: shutdownGraceMs * 2',
    );
  });
});

it('the example of limits that the workers start with is valid', async () => {
  const { rules } = await loadLimits(join(projectRoot, 'deploy', 'config', 'limits.yaml'));

  expect(Object.keys(rules.ownerAccounts)).toEqual(['111111111111']);
});

it('the manifest of the demo is valid, and all of its images are in the seed', async () => {
  const { exitCode, stdout } = await runCaptured([
    'validate',
    join(projectRoot, 'deploy', 'demo', 'manifest.yaml'),
    '--json',
  ]);
  const seed = JSON.parse(await readFile(join(projectRoot, 'deploy', 'demo', 'seed.json'), 'utf8')) as {
    images: unknown[];
  };

  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ imageCount: seed.images.length });
});

describe('the image', () => {
  it('copies only what is there and what is not ignored', async () => {
    const dockerfile = await readFile(join(projectRoot, 'Dockerfile'), 'utf8');
    const ignore = await readFile(join(projectRoot, '.dockerignore'), 'utf8');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );

    const unavailable = copied.filter((path) => !existsSync(join(projectRoot, path)) || !ignore.includes(`\n!${path}`));

    expect(copied.length).toBeGreaterThan(5);
    expect(unavailable).toEqual([]);
  });

  it('is Debian, has no development dependencies, and does not run as root', async () => {
    const dockerfile = await readFile(join(projectRoot, 'Dockerfile'), 'utf8');

    expect(dockerfile).toMatch(/ARG NODE_IMAGE=node:\d+\.\d+\.\d+-bookworm-slim/);
    expect(dockerfile).toMatch(/npm prune --omit=dev/);
    expect(dockerfile).toMatch(/\nUSER node\n/);
  });
});

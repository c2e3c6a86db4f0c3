import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { serverVersion } from '../../scripts/cluster/tools.mjs';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import { loadLimits } from '../../src/config/limits.ts';
import { runSimulator } from '../../src/simulator/main.ts';
import { runCaptured } from '../support/captured-io.ts';
import { insideProblems, servedPort } from '../support/compose-inside.ts';
import type { Compose, Service } from '../support/compose.ts';
import { composeText, ownImage, parseCompose, variablesIn } from '../support/compose.ts';

// They end by themselves, or are started by hand.
const jobs = ['temporal-schema', 'namespace', 'cli'];

/** What is wrong with a compose file: each referenced file, variable, service, port and command has to exist. */
async function problemsOf(text: string, example?: string): Promise<readonly string[]> {
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
  const inside = await insideProblems(compose);
  return [
    ...lists.flat(),
    ...inside,
    ...secretProblems(text),
    ...variableProblems(text, example ?? (await readText('.env.example'))),
  ];
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
function portProblems(name: string, { environment = {}, ports = [] }: Service, compose: Compose): readonly string[] {
  const addresses = Object.values(environment).filter((value) => /^[a-z-]+:\d+$/.test(value));
  return [
    ...addresses
      .map((address) => address.split(':'))
      .filter(([host = '', port]) => !Object.hasOwn(compose.services, host) || servedPort(host, compose) !== port)
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
  const stdout = verb === 'simulate' ? await simulatorHelp() : (await runCaptured([verb, '--help'])).stdout;
  if (!stdout.startsWith(`Usage: policy-rollout ${verb} `)) return `there is no verb ${verb}`;
  const unknown = flags.filter((flag) => flag.startsWith('--') && !stdout.includes(`${flag} `));
  return unknown.length === 0 ? null : `${verb} has no ${unknown.join(', ')}`;
}

/** The simulator is a program of its own, and writes its help by itself. */
async function simulatorHelp(): Promise<string> {
  let written = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => (written += String(text)) !== '');
  try {
    await runSimulator(['--help']);
  } finally {
    stdout.mockRestore();
  }
  return written;
}

function secretProblems(text: string): readonly string[] {
  return [...text.matchAll(/^ *(\w*(?:PASSWORD|PWD|SECRET|TOKEN)\w*): *(.+)$/gm)]
    .filter(
      ([, name = '', value = '']) =>
        !/^\$\{[A-Z_]+(:-|:?\?[^}]*)\}$/.test(value) && !(name === 'AWS_SECRET_ACCESS_KEY' && value === 'simulated'),
    )
    .map(([, name]) => `${name} stands in the file`);
}

function variableProblems(text: string, example: string): readonly string[] {
  const told = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);
  const used = variablesIn(text);
  return [
    ...used.filter((name) => !told.includes(name)).map((name) => `.env.example does not name ${name}`),
    ...told.filter((name) => !used.includes(name)).map((name) => `.env.example names ${name}, which nobody reads`),
  ];
}

/** What an image copies that is not there, or that its build is not given. */
function copyProblems(dockerfile: string, ignore: string): readonly string[] {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
  return copied.flatMap((path) => [
    ...(existsSync(join(projectRoot, path)) ? [] : [`there is no ${path}`]),
    ...(new RegExp(`^!${path}/?$`, 'm').test(ignore) ? [] : [`${path} is ignored`]),
  ]);
}

function readText(name: string): Promise<string> {
  return readFile(join(projectRoot, name), 'utf8');
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
      'a password as a default',
      'POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it in .env}',
      'POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-hunter2}',
      'POSTGRES_PASSWORD stands in the file',
    ],
    [
      'keys of payloads that are not given to a container',
      "    volumes:\n      - *config\n    command: [setup, --retention, '30']",
      "    command: [setup, --retention, '30']",
      'namespace: /etc/policy-rollout/keys.txt would not be in the container',
    ],
    [
      'a script that is not there',
      'sh, /deploy/set-up-schema.sh',
      'sh, /deploy/set-up-shema.sh',
      'temporal-schema: there is no /deploy/set-up-shema.sh in the container',
    ],
    [
      'a file of the server that is not there',
      '/deploy/dynamic-config.yaml',
      '/deploy/dynamic.yaml',
      'temporal: there is no /deploy/dynamic.yaml in the container',
    ],
    [
      'a seed that is not there',
      '/demo/seed.json',
      '/demo/seeds.json',
      'simulator: there is no /demo/seeds.json in the container',
    ],
    [
      'limits that are not there',
      '/etc/policy-rollout/limits.yaml',
      '/etc/policy-rollout/limit.yaml',
      'worker: there is no /etc/policy-rollout/limit.yaml in the container',
    ],
    [
      'a volume elsewhere in the container',
      './deploy/demo:/demo:ro',
      './deploy/demo:/seeds:ro',
      'simulator: there is no /demo/seed.json in the container',
    ],
    [
      'a folder to work in that is not there',
      'working_dir: /output',
      'working_dir: /application',
      'cli: there is no /application in the container',
    ],
    [
      'a program of a health check that is not there',
      'node, dist/cli/main.js, worker, --check',
      'node, dist/main.js, worker, --check',
      'worker: there is no dist/main.js in the container',
    ],
    [
      'a variable that the product does not read',
      'POLICY_ROLLOUT_LIMITS:',
      'POLICY_ROLLOUT_LIMIT:',
      'worker: nobody reads POLICY_ROLLOUT_LIMIT',
    ],
    [
      'a variable that the client of Temporal does not read',
      'TEMPORAL_NAMESPACE: ',
      'TEMPORAL_NAME_SPACE: ',
      'worker: nobody reads TEMPORAL_NAME_SPACE',
    ],
    ['a variable that AWS does not read', 'AWS_REGION: ', 'AWS_REGON: ', 'worker: nobody reads AWS_REGON'],
    [
      'a variable that the server does not read',
      'DYNAMIC_CONFIG_FILE_PATH:',
      'DYNAMIC_CONFIG_FILE:',
      'temporal: nobody reads DYNAMIC_CONFIG_FILE',
    ],
    [
      'a database that is not there',
      'SQL_HOST: postgresql',
      'SQL_HOST: postgres',
      'temporal-schema: there is no service postgres',
    ],
    [
      'a port of the database that nobody serves',
      "DB_PORT: '5432'",
      "DB_PORT: '5433'",
      'temporal: nobody serves the port 5433',
    ],
    [
      'a health check of another port',
      'http://localhost:8088/health',
      'http://localhost:8089/health',
      'codec-server: nobody serves http://localhost:8089/health',
    ],
    [
      'a health check of another path',
      'http://localhost:8001/_simulator/settings',
      'http://localhost:8001/_simulator/setting',
      'simulator: nobody serves http://localhost:8001/_simulator/setting',
    ],
    [
      'a health check of a port that the server does not have',
      "nc, -z, localhost, '7233'",
      "nc, -z, localhost, '7234'",
      'temporal: nobody serves localhost:7234',
    ],
    [
      'an AWS where nobody serves it',
      'AWS_ENDPOINT_URL: http://localhost:8001',
      'AWS_ENDPOINT_URL: http://localhost:8002',
      'demo-worker: nobody serves http://localhost:8002',
    ],
    [
      'a program that listens elsewhere',
      "simulate, --port, '8001'",
      "simulate, --port, '8002'",
      'demo-worker: nobody serves http://localhost:8001',
    ],
    [
      'a published port that nobody serves',
      '127.0.0.1:8088:8088',
      '127.0.0.1:8088:8080',
      'codec-server: nobody serves what 127.0.0.1:8088:8080 publishes',
    ],
    [
      'a page for the browser that is not published',
      "--ui-origin, 'http://localhost:8080'",
      "--ui-origin, 'http://localhost:8081'",
      'codec-server: nothing is published as localhost:8081',
    ],
    [
      'a flag that the simulator does not have',
      "simulate, --port, '8001', --seed",
      "simulate, --port, '8001', --seeds",
      'simulator: simulate has no --seeds',
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

  it('that is not YAML is refused', async () => {
    await expect(problemsOf((await composeText()).replace('services:', 'services: ['))).rejects.toThrow();
  });

  it('with a variable in the example that nobody reads has that wrong', async () => {
    const example = `${await readText('.env.example')}\nUNREAD=\n`;

    expect(await problemsOf(await composeText(), example)).toEqual(['.env.example names UNREAD, which nobody reads']);
  });

  it('lets the command line write in one folder, of which nothing is committed', async () => {
    const writable = Object.values(parseCompose(await composeText()).services).flatMap(({ image, volumes = [] }) =>
      image === ownImage ? volumes.filter((volume) => !volume.endsWith(':ro')) : [],
    );

    expect(writable).toEqual(['${OUTPUT_FOLDER:-./deploy/output}:/output']);
    expect(await readText('deploy/output/.gitignore')).toMatch(/^\*\n!\.gitignore\n/m);
  });

  it('has nothing but the example of limits committed where the keys are', async () => {
    expect(await readText('.gitignore')).toMatch(/^\/deploy\/config\/\*\n!\/deploy\/config\/limits\.yaml$/m);
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
    const dockerfile = await readText('Dockerfile');

    expect(dockerfile.match(/^COPY (?!--from)/gm)?.length).toBeGreaterThan(2);
    expect(copyProblems(dockerfile, await readText('.dockerignore'))).toEqual([]);
  });

  it.each([
    ['a folder that is not there', 'COPY src ./src', 'COPY source ./src', '', '', 'there is no source'],
    ['a folder that its build is not given', '', '', '!scripts/\n', '', 'scripts is ignored'],
  ])('with %s has that wrong', async (_what, right, wrong, given, taken, problem) => {
    const dockerfile = (await readText('Dockerfile')).replace(right, wrong);
    const ignore = (await readText('.dockerignore')).replace(given, taken);

    expect(copyProblems(dockerfile, ignore)).toContain(problem);
  });

  it('is Debian, has no development dependencies, and does not run as root', async () => {
    const dockerfile = await readText('Dockerfile');

    expect(dockerfile).toMatch(/ARG NODE_IMAGE=node:\d+\.\d+\.\d+-bookworm-slim/);
    expect(dockerfile).toMatch(/npm prune --omit=dev/);
    expect(dockerfile).toMatch(/\nUSER node\n/);
  });
});

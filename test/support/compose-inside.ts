import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import type { Compose, Service } from './compose.ts';
import { ownImage } from './compose.ts';

/** What the programs of a compose file would not find once their containers run: paths, variables, hosts and ports. */
export async function insideProblems(compose: Compose): Promise<readonly string[]> {
  const known = await ownVariables();
  return Object.entries(compose.services).flatMap(([name, service]) => [
    ...pathProblems(name, service),
    ...variableProblems(name, service, known),
    ...hostProblems(name, service, compose),
    ...urlProblems(name, service, compose),
    ...publishedProblems(name, service, compose),
  ]);
}

// From our Dockerfile.
const ownFolder = '/app';
const ownProgram = 'dist/cli/main.js';

// Paths that are given only in .env; there is no such file here, so that only its folder can be looked for.
const optionalPaths: Readonly<Record<string, string>> = {
  POLICY_ROLLOUT_CODEC_KEYS: '/etc/policy-rollout/keys.txt',
};

/** Every absolute path is in a volume, and there on the host. */
function pathProblems(name: string, service: Service): readonly string[] {
  const { volumes = [], environment = {}, command = [], working_dir: folder = ownFolder } = service;
  const mounts = volumes.map((volume) => {
    const [source = '', target = ''] = withDefaults(volume).split(':');
    return { source, target };
  });
  const isThere = (path: string): boolean =>
    mounts.some(
      ({ source, target }) =>
        path.startsWith(`${target}/`) && existsSync(join(projectRoot, source, path.slice(target.length))),
    );
  const paths = [...Object.values(environment), ...command]
    .map(withDefaults)
    .filter((text) => /^\/[\w./-]+$/.test(text));
  const optional = Object.keys(environment).flatMap((variable) => optionalPaths[variable] ?? []);
  const isMounted = (path: string): boolean => mounts.some(({ target }) => path.startsWith(`${target}/`));
  const [, program = '', script = ''] = service.healthcheck?.test ?? [];
  return [
    ...optional.filter((path) => !isMounted(path)).map((path) => `${name}: ${path} would not be in the container`),
    ...paths.filter((path) => !isThere(path)).map((path) => `${name}: there is no ${path} in the container`),
    ...([ownFolder, ...mounts.map(({ target }) => target)].includes(folder)
      ? []
      : [`${name}: there is no ${folder} in the container`]),
    ...(program !== 'node' || ['-e', ownProgram].includes(script)
      ? []
      : [`${name}: there is no ${script} in the container`]),
  ];
}

const awsVariables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_ENDPOINT_URL',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
];

/** What the programs of others read, by the name of their image. */
const theirVariables: Readonly<Record<string, readonly string[]>> = {
  postgres: ['POSTGRES_USER', 'POSTGRES_PASSWORD'],
  'temporalio/admin-tools': ['SQL_HOST', 'SQL_PORT', 'SQL_USER', 'SQL_PASSWORD'],
  'temporalio/server': [
    ...['DB', 'DB_PORT', 'POSTGRES_PORT', 'POSTGRES_SEEDS', 'POSTGRES_USER', 'POSTGRES_PWD'],
    ...['NUM_HISTORY_SHARDS', 'BIND_ON_IP', 'DYNAMIC_CONFIG_FILE_PATH'],
  ],
  'temporalio/ui': ['TEMPORAL_ADDRESS', 'TEMPORAL_DEFAULT_NAMESPACE', 'TEMPORAL_CODEC_ENDPOINT'],
};

function variableProblems(
  name: string,
  { image = '', environment = {} }: Service,
  own: readonly string[],
): readonly string[] {
  const known = image === ownImage ? own : (theirVariables[image.split(':')[0] ?? ''] ?? []);
  return Object.keys(environment)
    .filter((variable) => !known.includes(variable))
    .map((variable) => `${name}: nobody reads ${variable}`);
}

/** The variables that our own programs read: those of their sources, Temporal's and AWS's. */
async function ownVariables(): Promise<readonly string[]> {
  const [sources, temporal] = await Promise.all([
    textOfFiles(join(projectRoot, 'src'), '.ts'),
    textOfFiles(join(projectRoot, 'node_modules', '@temporalio', 'envconfig', 'lib'), '.js'),
  ]);
  return [
    ...[...sources.matchAll(/\bPOLICY_ROLLOUT_[A-Z_]+/g)].map(([variable]) => variable),
    ...[...temporal.matchAll(/\bTEMPORAL_[A-Z_]+/g)].map(([variable]) => variable),
    ...awsVariables,
  ];
}

async function textOfFiles(folder: string, ending: string): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const texts = names.filter((name) => name.endsWith(ending)).map((name) => readFile(join(folder, name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

/** Hosts and ports that stand in variables of their own. */
function hostProblems(name: string, { environment = {} }: Service, compose: Compose): readonly string[] {
  const ports = Object.keys(compose.services).flatMap((other) => servedPort(other, compose) ?? []);
  return Object.entries(environment).flatMap(([variable, value]) => {
    if (/_(HOST|SEEDS)$/.test(variable) && !Object.hasOwn(compose.services, value))
      return [`${name}: there is no service ${value}`];
    return /_PORT$/.test(variable) && !ports.includes(value) ? [`${name}: nobody serves the port ${value}`] : [];
  });
}

/** What health checks ask for, and where AWS is said to be, is served on the container's own loopback address. */
function urlProblems(name: string, service: Service, compose: Compose): readonly string[] {
  const here = service.network_mode?.replace(/^service:/, '') ?? name;
  const port = servedPort(here, compose) ?? '';
  const words = service.healthcheck?.test ?? [];
  const inChecks = words.join(' ');
  const urls = [inChecks, ...Object.values(service.environment ?? {})].flatMap((text) => [
    ...text.matchAll(/http:\/\/localhost:(\d+)([\w/]*)/g),
  ]);
  const asked = words[words.indexOf('localhost') + 1] ?? '';
  return [
    ...urls.filter(([, asking]) => asking !== port).map(([url]) => `${name}: nobody serves ${url}`),
    ...(words.includes('localhost') && asked !== port ? [`${name}: nobody serves localhost:${asked}`] : []),
    ...urls
      .filter(([url]) => inChecks.includes(url))
      .filter(([, , path]) => path !== healthPaths[here])
      .map(([url]) => `${name}: nobody serves ${url}`),
  ];
}

const healthPaths: Readonly<Record<string, string>> = {
  'codec-server': '/health',
  simulator: '/_simulator/settings',
  'temporal-ui': '/healthz',
};

/** Ports that are published are served, and what a browser is told is published. */
function publishedProblems(name: string, { ports = [], command = [] }: Service, compose: Compose): readonly string[] {
  const published = Object.values(compose.services)
    .flatMap((service) => service.ports ?? [])
    .map((port) => port.split(':').at(-2));
  return [
    ...ports
      .filter((port) => port.split(':').at(-1) !== servedPort(name, compose))
      .map((port) => `${name}: nobody serves what ${port} publishes`),
    ...command
      .flatMap((word) => /^http:\/\/localhost:(\d+)$/.exec(word)?.[1] ?? [])
      .filter((port) => !published.includes(port))
      .map((port) => `${name}: nothing is published as localhost:${port}`),
  ];
}

/** The port that a service listens on; ours say it in their command. */
export function servedPort(name: string, { services }: Compose): string | undefined {
  const command = services[name]?.command ?? [];
  const own = command.indexOf('--port');
  return own < 0 ? theirPorts[name] : command[own + 1];
}

const theirPorts: Readonly<Record<string, string>> = { temporal: '7233', postgresql: '5432', 'temporal-ui': '8080' };

function withDefaults(text: string): string {
  return text.replace(/\$\{[A-Z_]+:-([^}]*)\}/, '$1');
}

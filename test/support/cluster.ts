import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir } from 'node:fs/promises';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import type { ClusterTools } from '../../scripts/cluster/tools.mjs';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import type { Service } from './compose.ts';
import { composeText, parseCompose } from './compose.ts';

const run = promisify(execFile);
const host = '127.0.0.1';
const healthyWithinMs = 60_000;
const password = 'temporal';

/** PostgreSQL and Temporal's server as the compose file runs them, on free ports of this machine. */
export interface Cluster {
  readonly address: string;
  /** Ends the server, or PostgreSQL with all of its processes, without a warning. */
  readonly kill: (part: 'server' | 'postgres') => Promise<void>;
  /** Starts what was killed, and returns when the server is healthy. */
  readonly revive: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface RunningProgram {
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  readonly hasEnded: () => boolean;
  readonly lastWords: () => string;
}

/** Starts a cluster whose data are in a folder, with the schema and the settings of deploy/. */
export async function startCluster(
  { server, sqlTool, postgresFolder }: ClusterTools,
  folder: string,
): Promise<Cluster> {
  const ports = await freePorts(11);
  const [postgresPort = 0, grpcPort = 0] = ports;
  const address = `${host}:${grpcPort}`;
  const owner = await postgresOwner();
  const data = join(folder, 'data');
  await mkdir(data);
  if (owner !== null) await chown(folder, owner.uid, owner.gid).then(() => chown(data, owner.uid, owner.gid));
  const asOwner = { cwd: folder, ...owner };
  await run(join(postgresFolder, 'initdb'), ['-D', data, '-U', 'temporal', '--auth=trust', '-E', 'UTF8'], asOwner);
  const postgresFlags = ['-D', data, '-p', String(postgresPort), '-k', folder, '-c', `listen_addresses=${host}`];
  const startPostgres = () => launch(join(postgresFolder, 'postgres'), postgresFlags, asOwner);
  const environment = serverEnvironment(parseCompose(await composeText()).services['temporal'], ports);
  const startServer = () => launch(server, ['start'], { cwd: folder, env: { ...process.env, ...environment } });

  let postgres = await postgresComesUp(startPostgres, postgresFolder, postgresPort);
  await run('sh', [join(projectRoot, 'deploy', 'temporal', 'set-up-schema.sh')], {
    env: {
      ...process.env,
      SQL_HOST: host,
      SQL_PORT: String(postgresPort),
      SQL_USER: 'temporal',
      SQL_PASSWORD: password,
      TEMPORAL_SQL_TOOL: sqlTool,
    },
  });
  let temporal = await temporalComesUp(startServer, address);

  return {
    address,
    kill: (part) => (part === 'server' ? temporal : postgres).kill('SIGKILL'),
    revive: async () => {
      if (postgres.hasEnded()) postgres = await postgresComesUp(startPostgres, postgresFolder, postgresPort);
      // A server that lost its database may end, or go on.
      const current = temporal;
      temporal = await temporalComesUp(() => (current.hasEnded() ? startServer() : current), address);
    },
    stop: async () => {
      await temporal.kill('SIGKILL');
      await postgres.kill('SIGQUIT');
    },
  };
}

/** The environment of the compose file's server, with the addresses of this machine. */
function serverEnvironment(service: Service | undefined, ports: readonly number[]): Readonly<Record<string, string>> {
  const [postgresPort, grpcPort, ...others] = ports.map(String);
  const names = ['FRONTEND_HTTP', 'MATCHING_GRPC', 'HISTORY_GRPC', 'WORKER_GRPC'].concat(
    ['FRONTEND', 'MATCHING', 'HISTORY', 'WORKER'].map((name) => `${name}_MEMBERSHIP`),
  );
  return {
    ...service?.environment,
    POSTGRES_SEEDS: host,
    DB_PORT: postgresPort ?? '',
    POSTGRES_PORT: postgresPort ?? '',
    POSTGRES_PWD: password,
    // Fewer, so that a test starts sooner.
    NUM_HISTORY_SHARDS: '4',
    BIND_ON_IP: host,
    TEMPORAL_BROADCAST_ADDRESS: host,
    DYNAMIC_CONFIG_FILE_PATH: join(projectRoot, 'deploy', 'temporal', 'dynamic-config.yaml'),
    FRONTEND_GRPC_PORT: grpcPort ?? '',
    ...Object.fromEntries(names.map((name, at) => [`${name}_PORT`, others[at] ?? ''])),
    LOG_LEVEL: 'error',
  };
}

function launch(program: string, args: readonly string[], options: Parameters<typeof spawn>[2]): RunningProgram {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const keep = (text: Buffer): void => {
    log = `${log}${text.toString()}`.slice(-4_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = once(child, 'exit');
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  return {
    kill: async (signal) => {
      process.off('exit', killNow);
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    lastWords: () => log,
  };
}

function postgresComesUp(start: () => RunningProgram, folder: string, port: number): Promise<RunningProgram> {
  const isReady = ['-h', host, '-p', String(port), '-U', 'temporal'];
  return comesUp(start, 'PostgreSQL', () => run(join(folder, 'pg_isready'), isReady));
}

function temporalComesUp(start: () => RunningProgram, address: string): Promise<RunningProgram> {
  return comesUp(start, 'Temporal', async () => {
    const connection = await Connection.connect({ address, connectTimeout: 1_000 });
    try {
      await connection.withDeadline(Date.now() + 2_000, () =>
        connection.workflowService.describeNamespace({ namespace: 'temporal-system' }),
      );
    } finally {
      await connection.close();
    }
  });
}

/** Starts a program, again where it ends, as a container's restart policy does; PostgreSQL has to wait for its own rest to go. */
async function comesUp(
  start: () => RunningProgram,
  name: string,
  look: () => Promise<unknown>,
): Promise<RunningProgram> {
  const deadline = Date.now() + healthyWithinMs;
  let program = start();
  for (;;) {
    try {
      await look();
      return program;
    } catch (error) {
      if (Date.now() > deadline) {
        await program.kill('SIGKILL');
        throw new Error(`${name} does not come up; its last words:\n${program.lastWords()}`, { cause: error });
      }
      await pause(200);
      if (program.hasEnded()) program = start();
    }
  }
}

// PostgreSQL refuses to run as root; Debian's package brings a user for it.
async function postgresOwner(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

// Temporal keeps the ports of its parts in a column that ends at 32,767.
const highestPort = 32_767;

async function freePorts(count: number): Promise<readonly number[]> {
  const held: { readonly port: number; readonly holder: Server }[] = [];
  while (held.length < count) {
    const port = highestPort - Math.floor(Math.random() * 12_000);
    const holder = createServer().listen(port, host);
    const isFree = await once(holder, 'listening').then(
      () => true,
      () => false,
    );
    if (isFree) held.push({ port, holder });
  }
  await Promise.all(held.map(({ holder }) => once(holder.close(), 'close')));
  return held.map(({ port }) => port);
}

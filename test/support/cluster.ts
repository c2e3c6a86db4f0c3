import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import type { ClusterTools } from '../../scripts/cluster/tools.mjs';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import type { Service } from './compose.ts';
import { composeText, parseCompose } from './compose.ts';
import type { Postgres } from './postgres.ts';
import { preparePostgres } from './postgres.ts';
import type { RunningProgram } from './running-program.ts';
import { comesUp, launch } from './running-program.ts';

const run = promisify(execFile);
const host = '127.0.0.1';
const password = 'temporal';

/** A part of a cluster, by the name of its service in the compose file. */
export type ClusterPart = 'temporal' | 'postgresql';

/** PostgreSQL and Temporal's server as the compose file runs them, on free ports of this machine. */
export interface Cluster {
  readonly address: string;
  /** Ends the server, or PostgreSQL with all of its processes, without a warning. */
  readonly kill: (part: ClusterPart) => Promise<void>;
  /** Starts a part with what it needs, where that does not run, and returns when it is healthy: everything without a name. */
  readonly up: (part?: ClusterPart) => Promise<void>;
  /** Kills both parts, and deletes the files of the databases: PostgreSQL comes up with none. */
  readonly lose: () => Promise<void>;
  /** Runs one of PostgreSQL's programs, and gives what it writes. */
  readonly runPostgresProgram: Postgres['runProgram'];
  readonly stop: () => Promise<void>;
}

/** Starts a cluster whose data are in a folder, with the schema and the settings of deploy/. */
export async function startCluster(
  { server, sqlTool, postgresFolder }: ClusterTools,
  folder: string,
): Promise<Cluster> {
  const ports = await freePorts(11);
  const [postgresPort = 0, grpcPort = 0] = ports;
  const address = `${host}:${grpcPort}`;
  const postgres = await preparePostgres(postgresFolder, folder, host, postgresPort);
  const environment = serverEnvironment(parseCompose(await composeText()).services['temporal'], ports);
  const startServer = () => launch(server, ['start'], { cwd: folder, env: { ...process.env, ...environment } });
  let temporal: RunningProgram | null = null;

  const up = async (part?: ClusterPart): Promise<void> => {
    if (!postgres.isRunning()) await postgres.start();
    if (part === 'postgresql') return;
    // A server that lost its database may end, or go on.
    const current = temporal;
    if (current?.hasEnded() !== false) await setUpSchema(sqlTool, postgresPort);
    temporal = await temporalComesUp(() => (current?.hasEnded() === false ? current : startServer()), address);
  };
  const kill = async (part: ClusterPart): Promise<void> => {
    await (part === 'temporal' ? temporal?.kill('SIGKILL') : postgres.end('SIGKILL'));
  };
  await up();

  return {
    address,
    kill,
    up,
    lose: async () => {
      await kill('temporal');
      await kill('postgresql');
      await postgres.deleteData();
    },
    runPostgresProgram: postgres.runProgram,
    stop: async () => {
      await kill('temporal');
      await postgres.end('SIGQUIT');
    },
  };
}

/** The job of the compose file that comes before the server. */
async function setUpSchema(sqlTool: string, postgresPort: number): Promise<void> {
  const connection = { SQL_HOST: host, SQL_PORT: String(postgresPort), SQL_USER: 'temporal', SQL_PASSWORD: password };
  await run('sh', [join(projectRoot, 'deploy', 'temporal', 'set-up-schema.sh')], {
    env: { ...process.env, ...connection, TEMPORAL_SQL_TOOL: sqlTool },
  });
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

import { access, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../setup/command.mjs';
import { projectRoot } from '../setup/prepare.mjs';
import { note, SetupError } from '../setup/script.mjs';

/**
 * @typedef {object} ClusterTools
 * @property {string} server Temporal's server
 * @property {string} sqlTool Temporal's tool for schemas
 * @property {string} postgresFolder where PostgreSQL's programs are
 */

/** The version that docker-compose.yml names, too. */
export const serverVersion = '1.31.2';

const cache = join(projectRoot, '.cache', 'cluster', serverVersion);
const debianFolder = '/usr/lib/postgresql';
const programs = { server: join(cache, 'temporal-server'), sqlTool: join(cache, 'temporal-sql-tool') };

/**
 * The programs of a cluster on this machine, or what is missing.
 *
 * @returns {Promise<{ kind: 'found', tools: ClusterTools } | { kind: 'missing', why: string }>}
 */
export async function findClusterTools() {
  const postgresFolder = await findPostgres();
  if (postgresFolder === null)
    return { kind: 'missing', why: 'PostgreSQL is not installed (apt-get install postgresql)' };
  if (!(await exists(programs.server)) || !(await exists(programs.sqlTool))) {
    return { kind: 'missing', why: `Temporal ${serverVersion} is not built (npm run test:cluster builds it, with Go)` };
  }
  return { kind: 'found', tools: { ...programs, postgresFolder } };
}

/**
 * Builds Temporal's server and its tool from their Go modules into the cache, once; that takes minutes. Throws a SetupError.
 *
 * @param {{ signal: AbortSignal }} options
 */
export async function buildClusterTools({ signal }) {
  if ((await exists(programs.server)) && (await exists(programs.sqlTool))) return;
  note(`Building Temporal ${serverVersion} with Go; this takes some minutes …`);
  await mkdir(cache, { recursive: true });
  const packages = ['cmd/server', 'cmd/tools/sql'].map((path) => `go.temporal.io/server/${path}@v${serverVersion}`);
  const { exitCode, output } = await runCommand('go', ['install', ...packages], {
    signal,
    output: 'kept',
    env: { ...process.env, GOBIN: cache, GOFLAGS: '-buildvcs=false' },
  });
  if (exitCode !== 0)
    throw new SetupError(`Go cannot build Temporal; it has to be installed. Its last words:\n${output}`);
  await rename(join(cache, 'server'), programs.server);
  await rename(join(cache, 'sql'), programs.sqlTool);
}

/** @returns {Promise<string | null>} */
async function findPostgres() {
  const versions = await readdir(debianFolder).catch(() => []);
  const newest = versions.filter((name) => /^\d+$/.test(name)).sort((one, other) => Number(other) - Number(one))[0];
  return newest === undefined ? null : join(debianFolder, newest, 'bin');
}

/** @param {string} path */
function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

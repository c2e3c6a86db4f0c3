import { execFile } from 'node:child_process';
import { access, chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunningProgram } from './running-program.ts';
import { comesUp, launch } from './running-program.ts';

const run = promisify(execFile);

/** A PostgreSQL on this machine whose data are in a folder, with the superuser that the compose file has. */
export interface Postgres {
  readonly isRunning: () => boolean;
  /** Makes its data where there are none, and returns when it answers. */
  readonly start: () => Promise<void>;
  /** Returns when it has ended, with all of its processes. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
  /** Deletes all that it has kept; only while it does not run. */
  readonly deleteData: () => Promise<void>;
  /** Runs one of PostgreSQL's programs, such as `pg_dump`, against it, and gives what it writes. */
  readonly runProgram: (program: string, args: readonly string[]) => Promise<string>;
}

/** Prepares PostgreSQL in a folder of its own; it runs when it is started. */
export async function preparePostgres(programs: string, folder: string, host: string, port: number): Promise<Postgres> {
  const data = join(folder, 'data');
  const owner = await postgresOwner();
  const asOwner = { cwd: folder, ...owner };
  if (owner !== null) await chown(folder, owner.uid, owner.gid);
  let program: RunningProgram | null = null;
  const isRunning = (): boolean => program?.hasEnded() === false;
  const runProgram = async (name: string, args: readonly string[]): Promise<string> => {
    const env = { ...process.env, PGHOST: host, PGPORT: String(port) };
    return (await run(join(programs, name), args, { cwd: folder, env })).stdout;
  };
  const makeData = async (): Promise<void> => {
    await mkdir(data);
    if (owner !== null) await chown(data, owner.uid, owner.gid);
    await run(join(programs, 'initdb'), ['-D', data, '-U', 'temporal', '--auth=trust', '-E', 'UTF8'], asOwner);
  };
  const flags = ['-D', data, '-p', String(port), '-k', folder, '-c', `listen_addresses=${host}`];
  return {
    isRunning,
    runProgram,
    start: async () => {
      await access(data).catch(makeData);
      const begin = () => launch(join(programs, 'postgres'), flags, asOwner);
      program = await comesUp(begin, 'PostgreSQL', () => runProgram('pg_isready', ['-U', 'temporal']));
    },
    end: async (signal) => program?.kill(signal),
    deleteData: () => rm(data, { recursive: true }),
  };
}

// PostgreSQL refuses to run as root; Debian's package brings a user for it.
async function postgresOwner(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

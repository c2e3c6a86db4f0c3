import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { startDevServer } from '../../scripts/temporal/dev-server.mjs';
import { findTemporalCli } from '../../scripts/temporal/find.mjs';
import { realOutside } from '../../scripts/temporal/outside.mjs';

/** A dev server on a database file, apart from that of the tier, which survives its death. */
export interface KillableServer {
  readonly address: string;
  readonly namespace: string;
  /** Of each process that served so far. */
  readonly pids: readonly number[];
  /** Kills it without a warning, and starts it again on its database and its ports after a while. */
  readonly killAndRestart: (downMs: number, whenDead?: () => void) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a server that can be killed; whoever starts it stops it. */
export async function startKillableServer(): Promise<KillableServer> {
  const folder = await mkdtemp(join(tmpdir(), 'killable-server-'));
  const cliPath = await findTemporalCli(realOutside(new AbortController().signal));
  const options = { cliPath, ui: false, dbFilename: join(folder, 'state.db') };
  let server = await startDevServer(options);
  const { address, namespace, ports } = server;
  const pids = [server.pid];
  return {
    address,
    namespace,
    pids,
    killAndRestart: async (downMs, whenDead) => {
      await server.kill('SIGKILL');
      whenDead?.();
      await pass(downMs);
      server = await startDevServer({ ...options, ports });
      pids.push(server.pid);
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

const healthyWithinMs = 60_000;

/** A program that goes on until it is ended; it ends with this process at the latest. */
export interface RunningProgram {
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  readonly hasEnded: () => boolean;
  readonly lastWords: () => string;
}

/** Starts a program. */
export function launch(program: string, args: readonly string[], options: Parameters<typeof spawn>[2]): RunningProgram {
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

/** Starts a program, again where it ends, as a container's restart policy does; PostgreSQL has to wait for its own rest to go. */
export async function comesUp(
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

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/setup/prepare.mjs';

/** A built command that goes on until it is ended. */
export interface RunningCli {
  readonly pid: number;
  /** Sends the signal and waits for the end; harmless where it has ended. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

/**
 * Starts the built command line, and gives it out when it has written a word; whoever starts it ends it. `root` is
 * where the product is installed.
 */
export async function startCli(
  argv: readonly string[],
  readyWord: string,
  variables: Readonly<Record<string, string>>,
  root: string = projectRoot,
): Promise<RunningCli> {
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...argv], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const closed = once(child, 'close');
  await new Promise<void>((resolve, reject) => {
    const listen = (text: Buffer): void => {
      written += text.toString();
      if (written.includes(readyWord)) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    void closed.then(() => reject(new Error(`${argv.join(' ')} ended: ${written}`)));
  });
  return {
    pid: child.pid ?? 0,
    kill: async (signal) => {
      if (!hasEnded()) child.kill(signal);
      await closed;
    },
  };
}

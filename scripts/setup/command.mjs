import { spawn } from 'node:child_process';
import { SetupError } from './script.mjs';

const graceMs = 15_000;

/**
 * Runs a program to its end, with its output shown, or kept and given back. Throws a SetupError when it cannot be
 * started. When `signal` aborts, the program and all that it started are interrupted, and after 15 s killed; only
 * when it has ended this throws.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{
 *   signal: AbortSignal,
 *   output: 'shown' | 'kept',
 *   cwd?: string,
 *   env?: NodeJS.ProcessEnv,
 * }} options
 * @returns {Promise<{ exitCode: number, output: string }>}
 */
export async function runCommand(command, args, { signal, output, cwd, env }) {
  signal.throwIfAborted();
  const child = spawn(command, args, {
    cwd,
    env,
    // Its own process group: one signal reaches all of it, and a Ctrl-C reaches it once, through us.
    detached: true,
    stdio: output === 'shown' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
  });
  let kept = '';
  child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (kept += text));
  child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (kept += text));
  const whenAborted = () => interruptGroup(child);
  signal.addEventListener('abort', whenAborted, { once: true });
  try {
    const exitCode = await exitCodeOf(child);
    signal.throwIfAborted();
    return { exitCode, output: kept };
  } catch (error) {
    signal.throwIfAborted();
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new SetupError(isMissing ? `${command} is not there` : `${command} cannot be started`, { cause: error });
  } finally {
    signal.removeEventListener('abort', whenAborted);
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>} 1 when a signal has ended it
 */
function exitCodeOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function interruptGroup(child) {
  signalGroup(child, 'SIGINT');
  const patience = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  child.once('close', () => clearTimeout(patience));
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} name
 */
function signalGroup(child, name) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group has ended in the meantime.
  }
}

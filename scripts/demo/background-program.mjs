import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SetupError } from '../setup/script.mjs';

/**
 * @typedef {object} BackgroundProgram
 * @property {string} announcement the line by which it said that it is ready
 * @property {() => Promise<void>} stop ends it in order, after 5 s by force; harmless when it has ended
 */

const readyWithinMs = 30_000;
const stoppedWithinMs = 5_000;
const keptLogLength = 4_000;

/**
 * Starts a Node program that runs until it is stopped, and waits for a line of its output that says that it is ready. It
 * ends when this process exits. Throws a SetupError with its last words when it ends before that; when it ends later
 * without having been asked to, `onCrash` gets the same error.
 *
 * @param {{
 *   name: string, args: readonly string[], env: NodeJS.ProcessEnv, ready: RegExp, signal: AbortSignal,
 *   onCrash: (error: SetupError) => void,
 * }} options
 * @returns {Promise<BackgroundProgram>}
 */
export async function startInBackground({ name, args, env, ready, signal, onCrash }) {
  signal.throwIfAborted();
  // In a session of its own, which a Ctrl-C does not reach: whoever started it ends it after those who still need it.
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  let log = '';
  /** @type {(announcement: string) => void} */
  let tellReady = () => undefined;
  const announced = /** @type {Promise<string>} */ (new Promise((resolve) => (tellReady = resolve)));
  const read = (/** @type {unknown} */ text) => {
    log = `${log}${String(text)}`.slice(-keptLogLength);
    const line = log.split('\n').find((candidate) => ready.test(candidate));
    if (line !== undefined) tellReady(line);
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  const ended = once(child, 'close').then(
    () => undefined,
    (/** @type {unknown} */ error) => read(error),
  );
  let isStopping = false;
  const crashed = ended.then(() => {
    process.off('exit', killNow);
    return new SetupError(`The ${name} has ended. Its last words:\n${log.trim()}`);
  });
  const stop = async () => {
    isStopping = true;
    await stopChild(child, ended);
  };
  try {
    const announcement = await firstOf({ announced, crashed, signal, name });
    void crashed.then((error) => isStopping || onCrash(error));
    return { announcement, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {{ announced: Promise<string>, crashed: Promise<SetupError>, signal: AbortSignal, name: string }} options
 * @returns {Promise<string>}
 */
async function firstOf({ announced, crashed, signal, name }) {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(readyWithinMs)]);
  const first = await Promise.race([announced, crashed, once(patience, 'abort')]);
  signal.throwIfAborted();
  if (first instanceof SetupError) throw first;
  if (typeof first === 'string') return first;
  throw new SetupError(`The ${name} is not ready after ${readyWithinMs / 1000} s.`);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {Promise<void>} ended
 */
async function stopChild(child, ended) {
  const patience = setTimeout(() => child.kill('SIGKILL'), stoppedWithinMs);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(patience);
}

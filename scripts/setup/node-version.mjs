import { SetupError } from './script.mjs';

/**
 * Throws a SetupError when this Node is older than the project needs; npm alone would only say so after a while.
 *
 * @param {string} version as `process.versions.node` has it
 */
export function requireNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(`Node ${version} is too old. Install Node 20.19 or later (https://nodejs.org) and try again.`);
}

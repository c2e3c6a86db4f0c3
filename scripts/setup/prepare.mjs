import { fileURLToPath } from 'node:url';
import { findTemporalServer } from '../temporal/find.mjs';
import { realOutside } from '../temporal/outside.mjs';
import { installDependencies } from './dependencies.mjs';
import { requireNode } from './node-version.mjs';
import { buildProduct } from './product-build.mjs';

/** The folder of the project. */
// Not import.meta.dirname: a Node that is too old for it must still get as far as the message that says so.
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Makes a fresh clone ready: checks Node, installs the dependencies and builds, each only where it is needed. Before it
 * has ended nothing outside scripts/ and Node can be imported. Throws a SetupError that says what to do.
 *
 * @param {{ signal: AbortSignal }} options
 */
export async function prepare({ signal }) {
  requireNode(process.versions.node);
  await installDependencies({ root: projectRoot, signal });
  await buildProduct({ root: projectRoot, signal });
}

/**
 * The Temporal server to use on this machine, found or fetched; see `findTemporalServer`.
 *
 * @param {{ signal: AbortSignal }} options
 */
export async function findServerOfThisMachine({ signal }) {
  return findTemporalServer(realOutside(signal));
}

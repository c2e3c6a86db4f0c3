import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { runCommand } from './command.mjs';
import { note, SetupError } from './script.mjs';

const buildInputs = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/setup/product-build.mjs'];

/**
 * Compiles src/ to dist/ and bundles the workflows into dist/workflow-bundle.js, and for encrypted payloads into
 * dist/workflow-bundle-encrypted.js; does nothing when dist/ was built from
 * just these sources. Needs the dependencies.
 *
 * @param {{ root: string, signal: AbortSignal }} options
 */
export async function buildProduct({ root, signal }) {
  const dist = join(root, 'dist');
  // Written last: a build that was interrupted is done anew.
  const stampFile = join(dist, '.built-from');
  const sources = await sha256OfSources(root);
  if ((await readFile(stampFile, 'utf8').catch(() => null)) === sources) return;
  note('Building …');
  await rm(dist, { recursive: true, force: true });
  await compile(root, signal);
  await chmod(join(dist, 'cli', 'main.js'), 0o755);
  await bundleWorkflows(dist);
  signal.throwIfAborted();
  await writeFile(stampFile, sources);
}

/**
 * @param {string} root
 * @param {AbortSignal} signal
 */
async function compile(root, signal) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '-p', 'tsconfig.build.json'];
  const { exitCode } = await runCommand(process.execPath, args, { signal, output: 'shown', cwd: root });
  if (exitCode !== 0) throw new SetupError('The sources do not compile; the messages above say where.');
}

/** @param {string} dist */
async function bundleWorkflows(dist) {
  // Imported here, because the dependencies may have been installed only just now.
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const options = {
    workflowsPath: join(dist, 'workflows', 'index.js'),
    payloadConverterPath: join(dist, 'codec', 'payload-converter.cjs'),
    logger: new DefaultLogger('WARN'),
  };
  const plain = await bundleWorkflowCode(options);
  await writeFile(join(dist, 'workflow-bundle.js'), plain.code);
  const failureConverterPath = join(dist, 'codec', 'failure-converter.cjs');
  const encrypted = await bundleWorkflowCode({ ...options, failureConverterPath });
  await writeFile(join(dist, 'workflow-bundle-encrypted.js'), encrypted.code);
}

/** @param {string} root */
async function sha256OfSources(root) {
  const entries = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const path of [...buildInputs, ...files.map((file) => relative(root, file)).sort()]) {
    hash
      .update(`${path}\0`)
      .update(await readFile(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

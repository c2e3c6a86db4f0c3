import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { expect, it, onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '../..');
// Webpack names each module that it takes in by its path.
const foreignModule = /node_modules\/(@aws-sdk|@smithy|zod|yaml|pino|commander)\//g;

it('holds nothing that acts or parses configuration', async () => {
  const code = await bundle(join(root, 'src/workflows/index.ts'));

  expect(code).toContain('rolloutImages');
  expect(code.match(foreignModule)).toBeNull();
});

it('would show a library that does not belong into it', async () => {
  const planted = await aWorkflow(
    "import { z } from 'zod';\nexport const parses = async () => z.string().parse('');\n",
  );

  const code = await bundle(planted);

  expect(code.match(foreignModule)).toContain('node_modules/zod/');
});

it('cannot be made with a module of Node', async () => {
  const planted = await aWorkflow("import { readFile } from 'node:fs/promises';\nexport const reads = readFile;\n");

  const messages: string[] = [];
  const logger = new DefaultLogger('ERROR', ({ message }) => messages.push(message));

  await expect(bundle(planted, logger)).rejects.toThrow(/Webpack finished with errors/);
  expect(messages.join('\n')).toContain('node:fs/promises');
});

/** A file of workflows inside the project, where its imports resolve. */
async function aWorkflow(content: string): Promise<string> {
  await mkdir(join(root, '.cache'), { recursive: true });
  const folder = await mkdtemp(join(root, '.cache', 'planted-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'index.ts');
  await writeFile(path, content);
  return path;
}

async function bundle(workflowsPath: string, logger: Logger = new DefaultLogger('ERROR')): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath, logger });
  // The source map at the end repeats everything, as one long line of base64.
  return code.slice(0, code.lastIndexOf('//# sourceMappingURL'));
}

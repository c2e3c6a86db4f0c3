import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { loadPayloadConversion } from '../../src/codec/data-converter.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(import.meta.dirname, 'histories');
const logger = new DefaultLogger('ERROR');

interface Golden {
  readonly name: string;
  readonly workflowId: string;
  readonly history: unknown;
}

const goldens: readonly Golden[] = readdirSync(folder)
  .map((file) => file.replace('.json', ''))
  .sort()
  .map((name) => {
    const kept: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    return { name, ...requireKept(kept) };
  });

let bundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  // A replay that fails is logged by the core, too.
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  bundle = await bundleWorkflowCode({ workflowsPath: join(root, 'src/workflows/index.ts'), logger });
}, 60_000);

describe('the golden histories', () => {
  it('have one of each workflow at least', () => {
    const index = readFileSync(join(root, 'src/workflows/index.ts'), 'utf8');
    const exported = [...index.matchAll(/export \{ (\w+) \}/g)].map(([, type]) => type);
    const recorded = new Set(goldens.map(({ history }) => workflowTypeOf(history)));

    expect(exported).not.toHaveLength(0);
    expect([...recorded].sort()).toEqual(exported.sort());
  });

  it('have the ways in which an image, a batch and a root may end', () => {
    expect(goldens.map(({ name }) => name)).toEqual([
      'baselines',
      'batch',
      'batch-cancelled',
      'doctor',
      'holds',
      'image-cancelled',
      'image-compensated',
      'image-compensation-failed',
      'image-narrowed',
      'image-success',
      'image-undone',
      'ledger',
      'plan',
      'root',
      'root-cancelled',
      'root-cut-off',
      'root-gated',
      'root-undone',
      'scheduled',
    ]);
  });

  it.each(goldens)('replay: $name', async (golden) => {
    await expect(replay(golden, bundle)).resolves.toBeUndefined();
  });
});

/** Changes after which workflows that are running could not go on. */
const plants = [
  {
    what: 'a step more before the put',
    file: 'rollout-image.ts',
    from: 'await step(transaction, transaction.steps.putImagePolicy);',
    to: 'await step(transaction, transaction.steps.alignShares); await step(transaction, transaction.steps.putImagePolicy);',
    breaks: 'image-success',
  },
  {
    what: 'an undo that does not come',
    file: 'rollout-image.ts',
    from: 'return CancellationScope.nonCancellable(() => compensate(transaction, failure));',
    to: "return end(input, 'FAILED', evidence);",
    breaks: 'image-compensated',
  },
  {
    what: 'children under other ids',
    file: 'rollout-batch.ts',
    from: 'workflowId: imageWorkflowId(image),\n',
    to: 'workflowId: `image/${imageWorkflowId(image)}`,\n',
    breaks: 'batch',
  },
] as const;

describe('a planted change', () => {
  it.each(plants)('is found: $what', async ({ file, from, to, breaks }) => {
    const planted = await plantedBundle(file, from, to);
    const golden = goldens.find(({ name }) => name === breaks);

    const replayed = golden === undefined ? undefined : replay(golden, planted);

    await expect(replayed).rejects.toThrow(/[Nn]ondeterminism/);
  });
});

function replay({ history, workflowId }: Golden, workflowBundle: WorkflowBundleWithSourceMap): Promise<void> {
  return loadPayloadConversion(null).then((dataConverter) =>
    Worker.runReplayHistory({ workflowBundle, dataConverter }, historyFromJSON(history), workflowId),
  );
}

/** The workflows with one line that is another; their copy lies inside the project, where its imports resolve. */
async function plantedBundle(file: string, from: string, to: string): Promise<WorkflowBundleWithSourceMap> {
  await mkdir(join(root, '.cache'), { recursive: true });
  const copy = await mkdtemp(join(root, '.cache', 'planted-'));
  onTestFinished(() => rm(copy, { recursive: true }));
  for (const part of ['workflows', 'domain', 'contracts']) {
    await cp(join(root, 'src', part), join(copy, part), { recursive: true });
  }
  const path = join(copy, 'workflows', file);
  const text = await readFile(path, 'utf8');
  expect(text).toContain(from);
  await writeFile(path, text.replace(from, to));
  return bundleWorkflowCode({ workflowsPath: join(copy, 'workflows/index.ts'), logger });
}

function workflowTypeOf(history: unknown): string {
  const [started] = historyFromJSON(history).events ?? [];
  return started?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
}

function requireKept(kept: unknown): Pick<Golden, 'workflowId' | 'history'> {
  if (typeof kept === 'object' && kept !== null && 'workflowId' in kept && 'history' in kept) {
    const { workflowId, history } = kept;
    if (typeof workflowId === 'string') return { workflowId, history };
  }
  throw new Error('A golden history has the workflowId and the history.');
}

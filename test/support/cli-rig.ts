import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject, vi } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import { startGuardedSimulator } from './guarded-simulator.ts';
import { buildForTests, killAndWait, runBuiltCli, spawnBuiltWorker } from './built-cli.ts';
import type { CapturedRun } from './captured-io.ts';
import { runCaptured } from './captured-io.ts';

/** A simulator with a built worker, and the built command line, for all tests of a file. */
export interface CliRig {
  readonly simulator: () => Simulator;
  /** Runs a command line in a process of its own. */
  readonly cli: (...argv: readonly string[]) => Promise<CapturedRun>;
  /** Runs a command line in this process, where somebody sits at a terminal. */
  readonly cliAt: (io: Partial<Io>, ...argv: readonly string[]) => Promise<CapturedRun>;
  /** Writes a manifest for images and principals, and gives its path. */
  readonly manifest: (name: string, content: ManifestContent) => Promise<string>;
  readonly path: (name: string) => string;
  /** The environment of its processes. */
  readonly variables: () => Readonly<Record<string, string>>;
}

/** What matters of a manifest. */
export interface ManifestContent {
  readonly principals: readonly string[];
  /** ARNs, or selections as a manifest has them. */
  readonly images: readonly unknown[];
  /** Further lines. */
  readonly more?: string;
}

/** Starts all of it before the tests of a file, and ends it after them; a namespace of its own is made for it. */
export function cliRig(
  taskQueue: string,
  { namespace, ...options }: SimulatorOptions & { readonly namespace?: string } = {},
): CliRig {
  let folder = '';
  let simulator: Simulator | null = null;
  let worker: ChildProcess | null = null;
  const running = (): Simulator => {
    if (simulator === null) throw new Error('The simulator is not running');
    return simulator;
  };
  const variables = () => ({
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: namespace ?? inject('temporalNamespace'),
    POLICY_ROLLOUT_TASK_QUEUE: taskQueue,
    AWS_ENDPOINT_URL: running().url,
  });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `${taskQueue}-`));
    await buildForTests();
    simulator = await startGuardedSimulator(options);
    if (namespace !== undefined) await runBuiltCli(['setup', '--retention', '1'], variables());
    worker = await spawnBuiltWorker(variables());
  });
  afterAll(async () => {
    if (worker !== null) await killAndWait(worker);
    await simulator?.close();
    await rm(folder, { recursive: true });
  });
  const path = (name: string): string => join(folder, name);
  return {
    simulator: running,
    cli: (...argv) => runBuiltCli(argv, variables()),
    cliAt: async (io, ...argv) => {
      for (const [name, value] of Object.entries(variables())) vi.stubEnv(name, value);
      try {
        return await runCaptured(argv, { taskQueue, ...io });
      } finally {
        vi.unstubAllEnvs();
      }
    },
    path,
    variables,
    manifest: async (name, { principals, images, more = '' }) => {
      const file = path(`${name}.yaml`);
      const lines = [
        'apiVersion: policy-rollout/v1',
        `name: ${name}`,
        `policy: { principals: ${JSON.stringify(principals)} }`,
        `images: { include: ${JSON.stringify(images)} }`,
        'verification: { settle: 0s }',
        more,
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      return file;
    },
  };
}

/** Calls that were made of AWS while something was done. */
export async function callsDuring(simulator: Simulator, act: () => Promise<unknown>) {
  const before = simulator.journal().length;
  await act();
  return simulator.journal().slice(before);
}

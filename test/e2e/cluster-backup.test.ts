import type { ChildProcess } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findClusterTools } from '../../scripts/cluster/tools.mjs';
import type { ClusterTools } from '../../scripts/cluster/tools.mjs';
import type { RolloutReport } from '../../src/contracts/report.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { buildForTests, killAndWait, runBuiltCli, spawnBuiltWorker } from '../support/built-cli.ts';
import type { Cluster, ClusterPart } from '../support/cluster.ts';
import { startCluster } from '../support/cluster.ts';
import type { ComposeCommand } from '../support/compose-command.ts';
import { readComposeCommand } from '../support/compose-command.ts';
import { composeText, parseCompose } from '../support/compose.ts';
import { startGuardedSimulator } from '../support/guarded-simulator.ts';
import { readCommands, wordsOf } from '../support/operations-pages.ts';
import { anImageArn, idleWritesOf } from '../support/simulator.ts';

const found = await findClusterTools();
const ended = ['web', 'db'].map((name) => anImageArn({ name }));
const underWay = ['one', 'two', 'three', 'four'].map((name) => anImageArn({ name }));

if (found.kind === 'missing') {
  it(`the backup is not tried on this machine: ${found.why}`, () => {
    expect(process.env['CLUSTER']).not.toBe('required');
  });
} else {
  describe('a cluster whose databases were lost after the backup of docs/operations/backup.md, and restored by it,', () => {
    const { tools } = found;
    let stage: Stage;
    let before: { readonly ended: RolloutReport; readonly underWay: RolloutReport };

    beforeAll(async () => {
      stage = await setStage(tools);
      await stage.apply('golden-images', ended);
      const rollout = stage.apply('under-way', underWay);
      await vi.waitUntil(() => putCountOf(stage.simulator, underWay) > 0, 30_000);
      await carryOut(stage, 'Back up');
      await rollout;
      before = { ended: await stage.report('golden-images'), underWay: await stage.report('under-way') };
      await stage.cluster.lose();
      await carryOut(stage, 'Restore');
    }, 180_000);

    afterAll(() => stage.clear());

    it('has the report of a rollout that had ended, as it was', async () => {
      expect(await stage.report('golden-images')).toEqual(before.ended);
    });

    it('goes on with a rollout that was under way at the backup, and does nothing that is done already', async () => {
      const putCount = putCountOf(stage.simulator, underWay);

      await stage.cli('watch', 'under-way');

      const after = await stage.report('under-way');
      // What was begun after the backup is in sync when its turn comes again.
      expect(after).toMatchObject({ runId: before.underWay.runId, state: 'SUCCEEDED' });
      expect(Date.parse(after.finishedAt ?? '')).toBeGreaterThan(Date.parse(before.underWay.finishedAt ?? ''));
      expect(putCountOf(stage.simulator, underWay)).toBe(putCount);
      expect(idleWritesOf(stage.simulator)).toEqual([]);
    });

    it('brings back what was there before a rollout', async () => {
      const run = await stage.cli('undo', 'golden-images', '--reason', 'after the restore', '--yes');

      expect(run).toMatchObject({ exitCode: 0 });
      expect(ended.map((image) => stage.simulator.image(image)?.access)).toEqual(ended.map(() => []));
    });
  });
}

/** What the page is carried out on. */
interface Stage {
  readonly folder: string;
  readonly cluster: Cluster;
  readonly simulator: Simulator;
  readonly startWorker: () => Promise<void>;
  readonly endWorker: () => Promise<void>;
  readonly cli: (...argv: readonly string[]) => ReturnType<typeof runBuiltCli>;
  readonly apply: (name: string, images: readonly string[]) => Promise<void>;
  readonly report: (name: string) => Promise<RolloutReport>;
  readonly clear: () => Promise<void>;
}

async function setStage(tools: ClusterTools): Promise<Stage> {
  await buildForTests();
  const folder = await mkdtemp(join(tmpdir(), 'policy-rollout-backup-'));
  await mkdir(join(folder, 'container'));
  const cluster = await startCluster(tools, folder);
  const simulator = await startGuardedSimulator({
    settings: { shareLagMs: 200, promotionLagMs: 1_500 },
    seed: { images: [...ended, ...underWay].map((arn) => ({ arn })) },
  });
  const variables = {
    TEMPORAL_ADDRESS: cluster.address,
    TEMPORAL_NAMESPACE: 'policy-rollout',
    AWS_ENDPOINT_URL: simulator.url,
  };
  let worker: ChildProcess | null = null;
  const startWorker = async (): Promise<void> => {
    worker ??= await spawnBuiltWorker(variables);
  };
  const endWorker = async (): Promise<void> => {
    if (worker !== null) await killAndWait(worker);
    worker = null;
  };
  const cli = (...argv: readonly string[]) => runBuiltCli(argv, variables);
  await cli('setup', '--retention', '30');
  await startWorker();
  return {
    ...{ folder, cluster, simulator, startWorker, endWorker, cli },
    apply: async (name, images) => {
      const path = join(folder, `${name}.yaml`);
      const policy = { principals: ['222222222222'] };
      const strategy = { maxConcurrentCount: 2 };
      const manifest = { apiVersion: 'policy-rollout/v1', name, policy, images: { include: images }, strategy };
      await writeFile(path, JSON.stringify(manifest));
      const { exitCode, stderr } = await cli('apply', path, '--yes');
      expect(exitCode, stderr).toBe(0);
    },
    report: async (name) => JSON.parse((await cli('report', name, '--json')).stdout) as RolloutReport,
    clear: async () => {
      await endWorker();
      await simulator.close();
      await cluster.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Executes the commands of a section of the page, those in containers on the cluster of this machine. */
async function carryOut(stage: Stage, heading: string): Promise<void> {
  const compose = parseCompose(await composeText());
  for (const line of await readCommands('operations/backup.md', heading)) {
    const [program, ...words] = wordsOf(line);
    const command = program === 'docker' ? readComposeCommand(words, compose) : null;
    if (command !== null) await carryOutCompose(stage, command);
    else expect(await stage.cli(...words), line).toMatchObject({ exitCode: 0 });
  }
}

async function carryOutCompose({ folder, cluster, startWorker, endWorker }: Stage, command: ComposeCommand) {
  // The container's own /tmp is a folder here.
  const inside = (path: string): string => join(folder, 'container', basename(path));
  const file = (path: string): string => (path.includes(':') ? inside(path) : join(folder, path));
  switch (command.verb) {
    case 'cp':
      return copyFile(file(command.from), file(command.to));
    case 'exec': {
      expect(command.service).toBe('postgresql');
      const [program = '', ...args] = command.words;
      return cluster.runPostgresProgram(
        program,
        args.map((word) => (word.startsWith('/tmp/') ? inside(word) : word)),
      );
    }
    case 'stop':
      if (command.services.includes('worker')) await endWorker();
      return Promise.all(command.services.filter(isPart).map((part) => cluster.kill(part)));
    case 'up':
      await cluster.up(command.services.find(isPart));
      return command.services.length === 0 ? startWorker() : undefined;
    case 'run':
    case 'build':
      throw new Error(`No stand-in for docker compose ${command.verb}`);
  }
}

function isPart(service: string): service is ClusterPart {
  return service === 'temporal' || service === 'postgresql';
}

function putCountOf(simulator: Simulator, images: readonly string[]): number {
  return simulator
    .journal()
    .filter(
      ({ operation, images: concerned }) =>
        operation === 'PutImagePolicy' && concerned.some((one) => images.includes(one)),
    ).length;
}

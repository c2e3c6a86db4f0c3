import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findClusterTools } from '../../scripts/cluster/tools.mjs';
import type { RolloutReport } from '../../src/contracts/report.ts';
import { buildForTests, runBuiltCli, startBuiltWorker } from '../support/built-cli.ts';
import type { Cluster } from '../support/cluster.ts';
import { startCluster } from '../support/cluster.ts';
import { aGuardedSimulator } from '../support/guarded-simulator.ts';
import { anImageArn, idleWritesOf, writesOf } from '../support/simulator.ts';

const found = await findClusterTools();
const images = Array.from({ length: 8 }, (_, at) => anImageArn({ name: `image-${at}` }));

if (found.kind === 'missing') {
  it(`the cluster is not tried on this machine: ${found.why}`, () => {
    expect(process.env['CLUSTER']).not.toBe('required');
  });
} else {
  describe("Temporal's server on PostgreSQL, as in deploy/,", () => {
    let folder = '';
    let cluster: Cluster;

    beforeAll(async () => {
      await buildForTests();
      folder = await mkdtemp(join(tmpdir(), 'policy-rollout-cluster-'));
      cluster = await startCluster(found.tools, folder);
    }, 120_000);

    afterAll(async () => {
      await cluster.stop();
      await rm(folder, { recursive: true });
    });

    const variables = () => ({ TEMPORAL_ADDRESS: cluster.address, TEMPORAL_NAMESPACE: 'policy-rollout' });

    it('gets its namespace and search attributes from `setup`, once', async () => {
      const first = await runBuiltCli(['setup', '--retention', '30', '--json'], variables());
      const again = await runBuiltCli(['setup', '--retention', '30', '--json'], variables());

      expect(JSON.parse(first.stdout)).toMatchObject({ isNamespaceMade: true, retentionSetDays: 30 });
      expect(JSON.parse(again.stdout)).toMatchObject({ isNamespaceMade: false, registeredAttributes: [] });
    });

    it('has nothing that doctor minds, but that no worker is there yet', async () => {
      const run = await runBuiltCli(['doctor', '--json'], variables());

      const { checks } = JSON.parse(run.stdout) as { checks: { id: string; level: string }[] };
      expect(checks.filter(({ level }) => level === 'fail')).toEqual([expect.objectContaining({ id: 'worker' })]);
    });

    it('carries a rollout to its end, although server and PostgreSQL are killed in the middle', async () => {
      const simulator = await aGuardedSimulator({
        settings: { shareLagMs: 500, promotionLagMs: 3_000 },
        seed: { images: images.map((arn) => ({ arn })) },
      });
      await startBuiltWorker({ ...variables(), AWS_ENDPOINT_URL: simulator.url });
      const path = join(folder, 'manifest.json');
      const manifest = {
        apiVersion: 'policy-rollout/v1',
        name: 'on-a-cluster',
        policy: { principals: ['222222222222'] },
        images: { include: images },
        strategy: { maxConcurrentCount: 2 },
      };
      await writeFile(path, JSON.stringify(manifest));
      const applied = runBuiltCli(['apply', path, '--yes', '--json'], variables());
      const putCount = () => simulator.journal().filter(({ operation }) => operation === 'PutImagePolicy').length;

      await until(() => putCount() >= 2);
      await cluster.kill('temporal');
      await cluster.up();
      await until(() => putCount() >= 5);
      await cluster.kill('postgresql');
      await cluster.up();
      const run = await applied;

      const report = JSON.parse(run.stdout) as RolloutReport;
      expect(report.images.map(({ state }) => state)).toEqual(images.map(() => 'SUCCEEDED'));
      expect(run.exitCode).toBe(0);
      for (const image of images) {
        expect(writesOf(simulator, image).map(({ operation }) => operation)).toEqual([
          'PutImagePolicy',
          'PromoteResourceShareCreatedFromPolicy',
          'TagResource',
        ]);
      }
      expect(idleWritesOf(simulator)).toEqual([]);
    });
  });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(50);
}

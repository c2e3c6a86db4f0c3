import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { beforeAll, describe, inject, it } from 'vitest';
import type { DevServerOptions } from '../../scripts/temporal/dev-server.mjs';
import { startDevServer } from '../../scripts/temporal/dev-server.mjs';
import { findTemporalCli } from '../../scripts/temporal/find.mjs';
import { realOutside } from '../../scripts/temporal/outside.mjs';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { rigImage, rigSpec } from '../support/rig-images.ts';
import { rigSchedule, untilRuns } from '../support/rig-schedules.ts';
import { buildOnce, startWorkerProcess } from '../support/rig-worker-process.ts';
import { connectTo, imagesBefore, offencesOfRollout, untilJournal } from '../support/rig.ts';
import { writesOf } from '../support/simulator.ts';

const everyMs = 4_000;

beforeAll(buildOnce, 120_000);

describe('a run of a schedule', () => {
  it('ends as it should though 20 % of all calls are answered 429 or 503, and its worker is killed', async (test) => {
    const images = ['killed-1', 'killed-2'].map((name) => rigImage(name));
    const simulator = await startSimulator({
      randomSeed: 7,
      seed: { images: images.map((arn) => ({ arn })) },
      faults: [
        { operation: '*', probability: 0.1, answer: { kind: 'throttle' } },
        { operation: '*', probability: 1 / 9, answer: { kind: 'unavailable' } },
      ],
    });
    test.onTestFinished(() => simulator.close());
    const place = { address: inject('temporalAddress'), namespace: inject('temporalNamespace') };
    const workerPlace = { ...place, taskQueue: 'kill-schedule', awsUrl: simulator.url };
    const client = await connectTo(place, workerPlace.taskQueue);
    test.onTestFinished(() => client.close());
    const killed = await startWorkerProcess(workerPlace);
    const before = imagesBefore(simulator);
    await client.createSchedule(rigSchedule(rigSpec('killed-schedule', images)));

    await client.triggerSchedule('killed-schedule');
    await untilJournal(simulator, 'a write', () => images.some((image) => writesOf(simulator, image).length > 0));
    await killed.end('SIGKILL');
    const worker = await startWorkerProcess(workerPlace);
    test.onTestFinished(() => worker.end('SIGKILL'));
    const [run] = await untilRuns(client, 'killed-schedule', 1, 240_000);
    const report = await client.report('killed-schedule');

    test.expect(run?.outcome).toMatchObject({ kind: 'rolled-out', rollout: { counts: { total: 2, succeeded: 2 } } });
    test.expect(offencesOfRollout(simulator, before, report.images)).toEqual([]);
  });

  it('follows an outage over two planned times once', async (test) => {
    const image = rigImage('outage');
    const simulator = await startSimulator({ seed: { images: [{ arn: image }] } });
    test.onTestFinished(() => simulator.close());
    const options = await serverOptions(test);
    const killed = await startDevServer(options);
    const { address, namespace } = killed;
    const worker = await startWorkerProcess({ address, namespace, taskQueue: 'outage', awsUrl: simulator.url });
    test.onTestFinished(() => worker.end('SIGKILL'));
    const client = await connectTo(killed, 'outage');
    test.onTestFinished(() => client.close());
    await client.createSchedule(rigSchedule(rigSpec('outage', [image]), { times: { intervalMs: everyMs } }));
    await untilRuns(client, 'outage', 1);

    const downAt = Date.now();
    await killed.kill('SIGKILL');
    await pass(2 * everyMs + 1_000);
    const upAt = Date.now();
    const restarted = await startDevServer({ ...options, ports: killed.ports });
    test.onTestFinished(() => restarted.stop());
    const runs = await untilRuns(client, 'outage', 5);
    const missed = runs.filter(({ scheduledAt }) => Date.parse(scheduledAt) > downAt && Date.parse(scheduledAt) < upAt);

    test.expect(missed.length).toBeGreaterThan(1);
    test.expect(missed.filter(({ outcome }) => outcome?.kind !== 'covered')).toHaveLength(1);
    test.expect(runs[0]?.outcome).toMatchObject({ kind: 'nothing-to-do', counts: { inSync: 1 } });
  });
});

/** A server that keeps its state over its death. */
async function serverOptions({ onTestFinished }: TestContext): Promise<DevServerOptions> {
  const folder = await mkdtemp(join(tmpdir(), 'schedule-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const cliPath = await findTemporalCli(realOutside(new AbortController().signal));
  return { cliPath, ui: false, dbFilename: join(folder, 'state.db') };
}

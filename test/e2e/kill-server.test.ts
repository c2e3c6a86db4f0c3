import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { beforeAll, describe, it } from 'vitest';
import type { TestContext } from 'vitest';
import type { DevServer, DevServerOptions } from '../../scripts/temporal/dev-server.mjs';
import { startDevServer } from '../../scripts/temporal/dev-server.mjs';
import { findTemporalCli } from '../../scripts/temporal/find.mjs';
import { realOutside } from '../../scripts/temporal/outside.mjs';
import type { RolloutReport } from '../../src/contracts/report.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { heldImages, holdsOf, untilHeld } from '../support/rig-holds.ts';
import type { HeldImage } from '../support/rig-holds.ts';
import { rigSpec, seedOf } from '../support/rig-images.ts';
import { buildOnce, startWorkerProcess } from '../support/rig-worker-process.ts';
import { connectTo, imagesBefore, offencesOfRollout, rollOut, statesByName } from '../support/rig.ts';

const taskQueue = 'kill-server';
// A step of which nothing is heard for so long counts as dead, and is started a second time.
const heartbeatTimeoutMs = 15_000;

/** What a rollout came to while its server was down. */
interface Outage {
  readonly report: RolloutReport;
  readonly simulator: Simulator;
  readonly before: ReturnType<typeof imagesBefore>;
  readonly pids: readonly number[];
}

beforeAll(buildOnce, 120_000);

describe('a server that is killed and started again on its database', () => {
  it.concurrent.for([
    { what: 'at once', downMs: 0 },
    { what: 'after longer than a step may be silent', downMs: heartbeatTimeoutMs + 3_000 },
  ])('loses nothing when it comes back $what', async ({ downMs }, { expect, onTestFinished }) => {
    const held = heldImages(`server-${downMs}`);

    const { report, simulator, before, pids } = await outage(held, downMs, onTestFinished);

    const ends = held.map(({ image, end }) => ({ imageArn: image, state: end }));
    expect(pids[0]).not.toBe(pids[1]);
    expect(statesByName(report.images)).toEqual(statesByName(ends));
    expect(offencesOfRollout(simulator, before, report.images)).toEqual([]);
  });
});

/** Rolls out to images that are held at every point of the transaction when the server dies. */
async function outage(
  held: readonly HeldImage[],
  downMs: number,
  onTestFinished: TestContext['onTestFinished'],
): Promise<Outage> {
  const simulator = await startSimulator({
    seed: seedOf(held),
    faults: holdsOf(held),
    settings: { shareLagMs: 100, promotionLagMs: 4_000, associationLagMs: 300 },
  });
  onTestFinished(() => simulator.close());
  const folder = await mkdtemp(join(tmpdir(), 'kill-server-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const cliPath = await findTemporalCli(realOutside(new AbortController().signal));
  const options: DevServerOptions = { cliPath, ui: false, dbFilename: join(folder, 'state.db') };
  const killed = await startDevServer(options);
  const { address, namespace } = killed;
  const worker = await startWorkerProcess({ address, namespace, taskQueue, awsUrl: simulator.url });
  onTestFinished(() => worker.end('SIGKILL'));
  const client = await connectTo(killed, taskQueue);
  onTestFinished(() => client.close());
  const before = imagesBefore(simulator);
  let restarted: DevServer = killed;
  const spec = rigSpec(
    'kill-server',
    held.map(({ image }) => image),
  );
  const report = await rollOut(client, spec, async () => {
    await untilHeld(simulator, held);
    await killed.kill('SIGKILL');
    simulator.clearFaults();
    await pass(downMs);
    restarted = await startDevServer({ ...options, ports: killed.ports });
    onTestFinished(() => restarted.stop());
  });
  return { report, simulator, before, pids: [killed.pid, restarted.pid] };
}

import { beforeAll, describe, it } from 'vitest';
import type { TestContext } from 'vitest';
import type { ReportedImage } from '../../src/contracts/report.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startGuardedSimulator } from '../support/guarded-simulator.ts';
import { endsByName, heldImages, promotingImage, rollOutHeld } from '../support/rig-holds.ts';
import { seedOf } from '../support/rig-images.ts';
import { startKillableServer } from '../support/rig-killable-server.ts';
import { buildOnce, startWorkerProcess } from '../support/rig-worker-process.ts';
import { connectTo, imagesBefore, offencesOfRollout, statesByName } from '../support/rig.ts';

const taskQueue = 'kill-server';
// A step of which nothing is heard for so long counts as dead, and is started a second time.
const heartbeatTimeoutMs = 15_000;

/** What a rollout came to while its server was down. */
interface Outage {
  readonly ended: readonly ReportedImage[];
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
    const prefix = `down-${downMs}`;

    const { ended, simulator, before, pids } = await outage(prefix, downMs, onTestFinished);

    expect(pids[0]).not.toBe(pids[1]);
    expect(statesByName(ended)).toEqual(endsByName([...heldImages(prefix), promotingImage(prefix)]));
    expect(offencesOfRollout(simulator, before, ended)).toEqual([]);
  });
});

/** Rolls out to images that are held at every point of the transaction when the server dies. */
async function outage(prefix: string, downMs: number, onTestFinished: TestContext['onTestFinished']): Promise<Outage> {
  const held = heldImages(prefix);
  const simulator = await startGuardedSimulator({
    seed: seedOf([...held, promotingImage(prefix)]),
    settings: { shareLagMs: 100, associationLagMs: 300 },
  });
  onTestFinished(() => simulator.close());
  const server = await startKillableServer();
  onTestFinished(() => server.stop());
  const { address, namespace } = server;
  const worker = await startWorkerProcess({ address, namespace, taskQueue, awsUrl: simulator.url });
  onTestFinished(() => worker.end('SIGKILL'));
  const client = await connectTo(server, taskQueue);
  onTestFinished(() => client.close());
  const before = imagesBefore(simulator);
  const ended = await rollOutHeld(client, simulator, { prefix, held }, async () => {
    await server.killAndRestart(downMs, () => simulator.clearFaults());
  });
  return { ended, simulator, before, pids: server.pids };
}

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PolicyRolloutClient } from '../../src/client.ts';
import type { RolloutReport } from '../../src/contracts/report.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { heldImages, holdsOf, untilHeld } from '../support/rig-holds.ts';
import { rigSpec, seedOf } from '../support/rig-images.ts';
import { forwardPuts } from '../support/rig-offences.ts';
import { buildOnce, startWorkerProcess } from '../support/rig-worker-process.ts';
import type { WorkerProcess } from '../support/rig-worker-process.ts';
import { connectTo, imagesBefore, offencesOfRollout, rollOut, statesByName } from '../support/rig.ts';

const held = heldImages('killed');
const taskQueue = 'kill-worker';

describe('a worker that is killed at every point of the transaction and started again', () => {
  let simulator: Simulator;
  let client: PolicyRolloutClient;
  let worker: WorkerProcess;
  let before: ReturnType<typeof imagesBefore>;
  let report: RolloutReport;

  beforeAll(async () => {
    await buildOnce();
    simulator = await startSimulator({
      seed: seedOf(held),
      faults: holdsOf(held),
      // Long enough to be killed in it, far shorter than it takes until the death is noticed.
      settings: { shareLagMs: 100, promotionLagMs: 4_000, associationLagMs: 300 },
    });
    const place = { address: inject('temporalAddress'), namespace: inject('temporalNamespace') };
    client = await connectTo(place, taskQueue);
    const start = (): Promise<WorkerProcess> => startWorkerProcess({ ...place, taskQueue, awsUrl: simulator.url });
    worker = await start();
    before = imagesBefore(simulator);
    const images = held.map(({ image }) => image);
    report = await rollOut(client, rigSpec('kill-worker', images), async () => {
      await untilHeld(simulator, held);
      await worker.end('SIGKILL');
      simulator.clearFaults();
      worker = await start();
    });
  }, 240_000);

  afterAll(async () => {
    await worker.end('SIGTERM');
    await client.close();
    await simulator.close();
  });

  it('brings every image to the end that it would have had', () => {
    const ends = held.map(({ image, end }) => ({ imageArn: image, state: end }));

    expect(statesByName(report.images)).toEqual(statesByName(ends));
  });

  it('leaves nothing behind that may not be there', () => {
    expect(offencesOfRollout(simulator, before, report.images)).toEqual([]);
  });

  it('puts the policy once', () => {
    const seeded = held.filter(({ after }) => after?.operation !== 'AssociateResourceShare');

    expect(seeded.map(({ image }) => forwardPuts(simulator, image).length)).toEqual(seeded.map(() => 1));
  });
});

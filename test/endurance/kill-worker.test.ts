import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PolicyRolloutClient } from '../../src/client.ts';
import type { ReportedImage } from '../../src/contracts/report.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startGuardedSimulator } from '../support/guarded-simulator.ts';
import { endsByName, heldImages, promotingImage, rollOutHeld } from '../support/rig-holds.ts';
import { seedOf } from '../support/rig-images.ts';
import { forwardPuts } from '../support/rig-offences.ts';
import { buildOnce, startWorkerProcess } from '../support/rig-worker-process.ts';
import type { WorkerProcess } from '../support/rig-worker-process.ts';
import { connectTo, imagesBefore, offencesOfRollout, statesByName } from '../support/rig.ts';

const held = heldImages('killed');
const images = [...held, promotingImage('killed')];
const taskQueue = 'kill-worker';

describe('a worker that is killed at every point of the transaction and started again', () => {
  let simulator: Simulator;
  let client: PolicyRolloutClient;
  let worker: WorkerProcess;
  let before: ReturnType<typeof imagesBefore>;
  let ended: readonly ReportedImage[];

  beforeAll(async () => {
    await buildOnce();
    simulator = await startGuardedSimulator({
      seed: seedOf(images),
      settings: { shareLagMs: 100, associationLagMs: 300 },
    });
    const place = { address: inject('temporalAddress'), namespace: inject('temporalNamespace') };
    client = await connectTo(place, taskQueue);
    const start = (): Promise<WorkerProcess> => startWorkerProcess({ ...place, taskQueue, awsUrl: simulator.url });
    worker = await start();
    before = imagesBefore(simulator);
    ended = await rollOutHeld(client, simulator, { prefix: 'killed', held }, async () => {
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
    expect(statesByName(ended)).toEqual(endsByName(images));
  });

  it('leaves nothing behind that may not be there', () => {
    expect(offencesOfRollout(simulator, before, ended)).toEqual([]);
  });

  it('puts the policy once', () => {
    const seeded = images.filter(({ after }) => after?.operation !== 'AssociateResourceShare');

    expect(seeded.map(({ image }) => forwardPuts(simulator, image).length)).toEqual(seeded.map(() => 1));
  });
});

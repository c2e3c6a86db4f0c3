import { expect, it } from 'vitest';
import { batchWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { RolloutSpec } from '../../src/contracts/rollout.ts';
import { asking, bulkSpec, plantImages, untilStatus } from '../support/rig-bulk.ts';
import { rigOrigin } from '../support/rig-images.ts';
import { lockImage, untilWaiting } from '../support/rig-locks.ts';
import { endedReport, startRig, statesByName } from '../support/rig.ts';
import { writesOf } from '../support/simulator.ts';

const rig = await startRig({});

/** Starts a rollout of images whose locks are taken, and gives its batch once it waits for them. */
async function startBehindLocks(spec: RolloutSpec, count: number): Promise<string> {
  const { runId } = await rig.client.startRollout(spec, rigOrigin);
  const batchId = batchWorkflowId(spec.rolloutName, runId, 'all', 1);
  await untilWaiting(rig.temporal, batchId, count);
  return batchId;
}

/** Waits until a batch has been told another limit than the first. */
async function untilTold(batchId: string): Promise<void> {
  const signals = async () => {
    const { events } = await rig.temporal.workflow.getHandle(batchId).fetchHistory();
    return events?.filter(({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === 'limit')
      .length;
  };
  await expect.poll(signals, { timeout: 30_000 }).toBe(2);
}

it('a paused rollout does not start the image that it has waited for, until it is resumed', async () => {
  const { client, simulator, temporal } = rig;
  const images = plantImages(simulator, ['lock-paused']);
  const [image = ''] = images;
  const locks = await Promise.all(images.map((one) => lockImage(temporal, one)));
  const batchId = await startBehindLocks(bulkSpec('lock-paused', images), 1);

  await client.ask('lock-paused', { kind: 'pause' }, asking('ann'));
  await untilTold(batchId);
  await Promise.all(locks.map((lock) => lock.terminate('a test')));
  await untilWaiting(temporal, batchId, 0);
  const { counts } = await client.status('lock-paused');
  const writesInPause = writesOf(simulator, image);
  await client.ask('lock-paused', { kind: 'resume' }, asking('ann'));
  const report = await endedReport(client, 'lock-paused');

  expect(counts).toMatchObject({ total: 1, pending: 1, running: 0 });
  expect(writesInPause).toEqual([]);
  expect(report).toMatchObject({ state: 'SUCCEEDED', images: [{ state: 'SUCCEEDED', attempts: 1 }] });
});

it('a rollout that has stopped skips the image that it has waited for', async () => {
  const { client, simulator, temporal } = rig;
  const failing = plantImages(simulator, ['lock-failing'], { behaviour: { promotion: 'refused' } });
  const waited = plantImages(simulator, ['lock-stopped']);
  const [image = ''] = waited;
  const lock = async (of: typeof waited) => Promise.all(of.map((one) => lockImage(temporal, one)));
  const [first, last] = [await lock(failing), await lock(waited)];
  const strategy = { failureTolerance: { count: 0 } };
  await startBehindLocks(bulkSpec('lock-stopped', [...failing, ...waited], { strategy }), 2);

  await Promise.all(first.map((one) => one.terminate('a test')));
  await untilStatus(client, 'lock-stopped', ({ state }) => state === 'STOPPING');
  await Promise.all(last.map((one) => one.terminate('a test')));
  const report = await endedReport(client, 'lock-stopped');

  expect(statesByName(report.images)).toEqual({ 'lock-failing': 'COMPENSATED', 'lock-stopped': 'SKIPPED' });
  expect(report).toMatchObject({ state: 'STOPPED', counts: { compensated: 1, skipped: 1 } });
  expect(writesOf(simulator, image)).toEqual([]);
});

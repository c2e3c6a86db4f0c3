import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { RolloutReport } from '../../src/contracts/report.ts';
import { rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { bulkSpec, namesOf, plantImages, startBulk, writtenOf } from '../support/rig-bulk.ts';
import { rigOrigin, seedOf, sharedEarlier } from '../support/rig-images.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, imagesBefore, offencesOfRollout, startRig, untilJournal } from '../support/rig.ts';

// More by hand: IMAGES=1000.
const imageCount = Number(process.env['IMAGES'] ?? 16);
const rollout = 'terminated-root';
const replaced = namesOf('terminated-replaced', Math.ceil(imageCount / 4)).map((name) => sharedEarlier(name));

let rig: Rig;
let before: ReturnType<typeof imagesBefore>;
let broken: RolloutReport;
let writtenWhenTerminated: number;
let offencesWhenAtRest: readonly string[];
let redriven: RolloutReport;

beforeAll(async () => {
  rig = await startRig({ seed: seedOf(replaced), settings: { promotionLagMs: 400, associationLagMs: 200 } });
  const { client, simulator, temporal } = rig;
  const unshared = plantImages(simulator, namesOf('terminated', imageCount - replaced.length));
  const images = [...replaced.map(({ image }) => image), ...unshared];
  before = imagesBefore(simulator);

  await startBulk(client, bulkSpec(rollout, images, { maxConcurrentCount: imageCount / 4 }));
  // More than go on at a time, so some have ended.
  await untilJournal(simulator, 'the middle', () => writtenOf(simulator, images).length >= imageCount / 2);
  await temporal.workflow.getHandle(rolloutWorkflowId(rollout)).terminate('a test');
  writtenWhenTerminated = writtenOf(simulator, images).length;
  await untilAtRest();
  broken = await client.report(rollout);
  offencesWhenAtRest = offencesOfRollout(simulator, before, broken.images);

  await client.redrive(rollout, { ...rigOrigin, reason: 'somebody has terminated it' });
  redriven = await endedReport(client, rollout);
}, 300_000);

describe("a rollout whose root was terminated with Temporal's own client", () => {
  it('is FAILED, and still knows an end of every image', () => {
    const finals = ['SUCCEEDED', 'CANCELLED', 'COMPENSATED', 'SKIPPED'];

    expect(writtenWhenTerminated).toBeLessThan(imageCount);
    expect(broken.state).toBe('FAILED');
    expect(broken.images.map(({ state }) => state).filter((state) => !finals.includes(state))).toEqual([]);
    expect(new Set(broken.images.map(({ imageArn }) => imageArn)).size).toBe(imageCount);
    expect(broken.counts).toMatchObject({ total: imageCount, pending: 0, running: 0 });
  });

  it('has every image as it was or as it was wanted', () => {
    expect(offencesWhenAtRest).toEqual([]);
  });

  it('is brought to its end by a redrive, which writes no image that had succeeded', () => {
    const again = new Set(broken.images.filter(({ state }) => state !== 'SUCCEEDED').map(({ imageArn }) => imageArn));
    const done = redriven.images.filter(({ imageArn }) => !again.has(imageArn));

    expect(again.size).toBeGreaterThan(0);
    expect(done.length).toBeGreaterThan(0);
    expect(redriven).toMatchObject({
      state: 'SUCCEEDED',
      redriveCount: 1,
      counts: { total: imageCount, succeeded: imageCount },
    });
    expect(offencesOfRollout(rig.simulator, before, done)).toEqual([]);
    expect(redriven.images.map(({ imageArn }) => rig.simulator.image(imageArn)?.access.length)).toEqual(
      redriven.images.map(() => 2),
    );
  });
});

/** Waits until the batches and the images have ended by themselves. */
async function untilAtRest(): Promise<void> {
  const query = `RolloutName = '${rollout}' AND ExecutionStatus = 'Running'`;
  await vi.waitFor(
    async () => {
      const { count } = await rig.temporal.workflow.count(query);
      if (count > 0) throw new Error(`${count} workflows of the rollout are still running`);
    },
    { timeout: 60_000, interval: 200 },
  );
}

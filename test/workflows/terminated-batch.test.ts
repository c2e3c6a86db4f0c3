import { beforeAll, expect, it } from 'vitest';
import { readLedger } from '../../src/client/ledger.ts';
import type { RolloutReport, StatusReport } from '../../src/contracts/report.ts';
import { batchWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { lastAppliedIn } from '../../src/domain/ledger.ts';
import { bulkSpec, namesOf, plantImages, untilStatus } from '../support/rig-bulk.ts';
import { rigOrigin, seedOf, sharedEarlier } from '../support/rig-images.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, imagesBefore, offencesOfRollout, startRig } from '../support/rig.ts';
import { idleWritesOf, writesOf } from '../support/simulator.ts';

const rollout = 'cut-off';
const replaced = namesOf('cut-off-replaced', 4).map((name) => sharedEarlier(name));

let rig: Rig;
let before: ReturnType<typeof imagesBefore>;
let report: RolloutReport;
let status: StatusReport;
let offencesAtTheEnd: readonly string[];

beforeAll(async () => {
  rig = await startRig({ seed: seedOf(replaced), settings: { promotionLagMs: 2_000, associationLagMs: 300 } });
  const { client, simulator, temporal } = rig;
  const images = [...replaced.map(({ image }) => image), ...plantImages(simulator, namesOf('cut-off', 8))];
  before = imagesBefore(simulator);
  const strategy = { waves: [{ name: 'first', count: 9 }, { name: 'rest' }] };
  const spec = bulkSpec(rollout, images, { maxConcurrentCount: 3, strategy });

  const { runId } = await client.startRollout(spec, rigOrigin);
  await untilStatus(client, rollout, ({ counts }) => counts.succeeded >= 3 && counts.running > 0);
  await temporal.workflow.getHandle(batchWorkflowId(rollout, runId, 'first', 1)).terminate('a test');
  report = await endedReport(client, rollout);
  status = await client.status(rollout);
  offencesAtTheEnd = offencesOfRollout(simulator, before, report.images);
});

it("a rollout counts the images of a batch that was terminated by what each image's own history came to", () => {
  expect(status.counts).toEqual(report.counts);
  expect(status.waves.map(({ name, counts }) => ({ name, counts }))).toEqual(report.waves);
  expect(report).toMatchObject({ state: 'COMPLETED_WITH_FAILURES', counts: { total: 12, pending: 0, running: 0 } });
  expect(report.counts.succeeded).toBeGreaterThanOrEqual(3);
  expect(report.counts.skipped).toBeGreaterThan(0);
  expect(offencesAtTheEnd).toEqual([]);
});

it('says of those that the batch had not started why, and has not written them', () => {
  const skipped = report.images.filter(({ state }) => state === 'SKIPPED');

  expect(new Set(skipped.map(({ error }) => error?.code))).toEqual(new Set(['rollout-terminated']));
  expect(skipped.flatMap(({ imageArn }) => writesOf(rig.simulator, imageArn))).toEqual([]);
});

it('goes on with the next wave, and has written what was applied into the ledger', async () => {
  const access = {
    client: rig.temporal,
    namespace: '',
    call: <R>(calls: () => Promise<R>) => calls(),
  };
  const known = lastAppliedIn(await readLedger(access, rollout));
  const succeeded = report.images.filter(({ state }) => state === 'SUCCEEDED').map(({ imageArn }) => imageArn);

  expect(report.waves[1]).toMatchObject({ name: 'rest', counts: { total: 3, succeeded: 3 } });
  expect([...known.keys()].toSorted()).toEqual(succeeded.toSorted());
});

it('is brought to its end by a redrive, which writes no image that had succeeded', async () => {
  const { client, simulator } = rig;
  const done = report.images.filter(({ state }) => state === 'SUCCEEDED');
  const writtenBefore = simulator.journal().length;

  await client.redrive(rollout, { ...rigOrigin, reason: 'somebody has terminated a batch' });
  const redriven = await endedReport(client, rollout);

  const writesSince = simulator
    .journal()
    .slice(writtenBefore)
    .filter(({ isWrite }) => isWrite);
  expect(redriven).toMatchObject({ state: 'SUCCEEDED', redriveCount: 1, counts: { total: 12, succeeded: 12 } });
  expect(writesSince.filter(({ images }) => done.some(({ imageArn }) => images.includes(imageArn)))).toEqual([]);
  expect(redriven.images.filter(({ imageArn }) => simulator.image(imageArn)?.sees.length !== 2)).toEqual([]);
  expect(idleWritesOf(simulator)).toEqual([]);
});

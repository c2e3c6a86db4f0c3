import { expect, it } from 'vitest';
import type { ScheduledOutcome } from '../../src/contracts/schedule.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import type { ScheduleRules } from '../../src/domain/scheduled-change.ts';
import type { Act } from '../../src/simulator/acts.ts';
import { asking, bulkSpec, namesOf, plantImages, untilStatus, writtenOf } from '../support/rig-bulk.ts';
import { principals, rigOrigin } from '../support/rig-images.ts';
import { otherManifest, rigSchedule, runNow, untilRuns } from '../support/rig-schedules.ts';
import { endedReport, rollOut, startRig } from '../support/rig.ts';

const rig = await startRig({});

it('shares what is new, and only that', async () => {
  const images = plantImages(rig.simulator, namesOf('fresh', 2));
  await rig.client.createSchedule(rigSchedule(bulkSpec('fresh', images)));

  const first = await runNow(rig.client, 'fresh');
  const written = writtenOf(rig.simulator, images);
  const second = await runNow(rig.client, 'fresh');

  expect(first.outcome).toMatchObject({ kind: 'rolled-out', counts: { shared: 2 }, rollout: { state: 'SUCCEEDED' } });
  expect(written).toEqual(images);
  expect(second.outcome).toMatchObject({ kind: 'nothing-to-do', counts: { inSync: 2, total: 2 } });
});

/** Images that were rolled out by hand, and a schedule for them. */
async function kept(name: string, count: number, rules: Partial<ScheduleRules> = {}): Promise<readonly ImageArn[]> {
  const images = plantImages(rig.simulator, namesOf(name, count));
  const spec = bulkSpec(name, images);
  await rollOut(rig.client, spec);
  await rig.client.createSchedule(
    rigSchedule(spec, { rules: { mode: 'repair', isRegranting: false, maxChanges: 10, ...rules } }),
  );
  return images;
}

function act(given: Act): void {
  rig.simulator.act(given);
  rig.simulator.settle();
}

/** Images that were written to while something happened. */
async function writtenDuring(images: readonly ImageArn[], happens: () => Promise<unknown>) {
  const from = rig.simulator.journal().length;
  await happens();
  const writes = rig.simulator.journal().slice(from).filter(({ isWrite, actor }) => isWrite && actor === 'client');
  return images.filter((image) => writes.some(({ images: of }) => of.includes(image)));
}

function whyOf({ notable }: Pick<ScheduledOutcome, 'notable'>): Record<string, readonly string[]> {
  return Object.fromEntries(notable.map(({ imageArn, why }) => [imageArn.split('/')[1] ?? '', why]));
}

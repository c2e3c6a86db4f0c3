import { expect, it } from 'vitest';
import type { RolloutSpec } from '../../src/contracts/rollout.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { bulkSpec, namesOf, plantImages, writtenOf } from '../support/rig-bulk.ts';
import { rigSchedule, runNow } from '../support/rig-schedules.ts';
import { startRig } from '../support/rig.ts';

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

import { beforeAll, expect, it } from 'vitest';
import type { Rig } from '../support/rig.ts';
import { endedReport, rollOut, startRig } from '../support/rig.ts';
import { bulkSpec, namesOf, plantImages, startBulk, untilStatus } from '../support/rig-bulk.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

it('the status tells how many images ended of late, and how many calls AWS throttled', async () => {
  const { client, simulator } = rig;
  const images = plantImages(simulator, namesOf('throttled', 8));
  simulator.changeSettings({ rateLimits: [{ operation: 'PutImagePolicy', ratePerSecond: 5, burst: 1 }] });
  // It keeps the rollout open until Temporal has listed what ended.
  simulator.behave(images[0] ?? '', { promotionLagMs: 5_000 });

  await startBulk(client, bulkSpec('throttled', images));
  const status = await untilStatus(
    client,
    'throttled',
    ({ imagesPerMinute, throttledCount }) => (imagesPerMinute ?? 0) > 0 && throttledCount > 0,
  );
  await endedReport(client, 'throttled');
  const last = await client.status('throttled');

  const refused = putsOn('throttled-').filter(({ fault }) => fault === 'rate-limit').length;
  expect(status.imagesPerMinute).toBeLessThanOrEqual(8);
  expect(last).toMatchObject({ counts: { succeeded: 8 }, imagesPerMinute: null, throttledCount: refused });
});

it('a rollout calls no faster than its manifest allows, whatever AWS would take', async () => {
  const { client, simulator } = rig;
  simulator.changeSettings({ rateLimits: [] });
  const images = plantImages(simulator, namesOf('capped', 6));

  const report = await rollOut(client, bulkSpec('capped', images, { rateLimits: { PutImagePolicy: 1 } }));

  const puts = putsOn('capped-');
  const [first] = puts;
  expect(report.counts).toMatchObject({ succeeded: 6 });
  expect(puts).toHaveLength(6);
  // A call may arrive a little earlier or later after it began than the one before.
  expect(puts.filter(({ at }, index) => at - (first?.at ?? 0) < index * 1_000 - 250)).toEqual([]);
});

function putsOn(prefix: string) {
  return rig.simulator
    .journal()
    .filter(
      ({ operation, images }) => operation === 'PutImagePolicy' && images.some((image) => image.includes(prefix)),
    );
}

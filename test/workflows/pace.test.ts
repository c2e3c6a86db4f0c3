import { beforeAll, expect, it } from 'vitest';
import { batchWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { StrategyChange } from '../../src/domain/strategy.ts';
import { principals, rigOrigin } from '../support/rig-images.ts';
import { lockImage, untilWaiting } from '../support/rig-locks.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, rollOut, startRig } from '../support/rig.ts';
import { asking, bulkSpec, namesOf, plantImages, startBulk, untilStatus } from '../support/rig-bulk.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

it('the status tells how many images ended of late, and which calls AWS throttled', async () => {
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
  expect(status.throttled).toMatchObject([{ operation: 'PutImagePolicy' }]);
  expect(last.throttled).toEqual([
    {
      account: '111111111111',
      region: 'us-east-1',
      operation: 'PutImagePolicy',
      count: refused,
      perSecond: expect.any(Number) as unknown,
      at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
    },
  ]);
  expect(last.throttled[0]?.perSecond).toBeLessThanOrEqual(8);
});

it('the status says what holds an image up, where none ends', async () => {
  const { client, simulator } = rig;
  simulator.changeSettings({ rateLimits: [] });
  const images = plantImages(simulator, ['held-up']);
  const [image = ''] = images;
  const answer = { kind: 'throttle', retryAfterSeconds: 1 } as const;
  simulator.addFaults([{ operation: 'PutImagePolicy', image, times: 'always', answer }]);

  await startBulk(client, bulkSpec('held-up', images));
  const { heldUpBy } = await untilStatus(client, 'held-up', (status) => status.heldUpBy !== null);
  simulator.clearFaults();
  const { counts } = await endedReport(client, 'held-up');

  expect(heldUpBy).toMatchObject({ code: 'aws-throttled', detail: expect.stringContaining(image) as unknown });
  expect(counts).toMatchObject({ succeeded: 1 });
});

it('those of its looks are among them, and those of an image that is in sync when its turn comes', async () => {
  const { client, simulator, temporal } = rig;
  simulator.changeSettings({ rateLimits: [] });
  const images = plantImages(simulator, ['late-look']);
  const [image = ''] = images;
  const throttleOnce = () =>
    simulator.addFaults([{ operation: 'GetImagePolicy', image, times: 1, answer: { kind: 'throttle' } }]);
  const locks = await Promise.all(images.map((one) => lockImage(temporal, one)));

  throttleOnce();
  const { runId } = await client.startRollout(bulkSpec('late-look', images), rigOrigin);
  await untilWaiting(temporal, batchWorkflowId('late-look', runId, 'all', 1), 1);
  const afterLook = await client.status('late-look');
  const tags = { 'policy-rollout:rollout': 'another' };
  simulator.seed({ shares: [{ images: [image], principals: [principals.a, principals.b], tags }] });
  throttleOnce();
  await Promise.all(locks.map((lock) => lock.terminate('a test')));
  await endedReport(client, 'late-look');
  const last = await client.status('late-look');

  expect(afterLook).toMatchObject({ throttledCount: 1, throttled: [{ operation: 'GetImagePolicy', count: 1 }] });
  expect(last).toMatchObject({ counts: { unchanged: 1 }, throttledCount: 2, throttled: [{ count: 2 }] });
});

it('a rollout refuses numbers that it cannot go by, whoever sends them, and keeps those that it has', async () => {
  const { client, simulator } = rig;
  const images = plantImages(simulator, namesOf('misled', 2));
  const waves = [{ name: 'first', count: 1, soakMs: 3_600_000 }, { name: 'rest' }];
  const set = (strategy: StrategyChange) => client.ask('misled', { kind: 'set', strategy }, asking('ann'));

  await startBulk(client, bulkSpec('misled', images, { strategy: { waves }, maxConcurrentCount: 7 }));
  await untilStatus(client, 'misled', ({ awaits }) => awaits?.kind === 'soak');
  const refusals = await Promise.allSettled([
    set({ maxConcurrentCount: 0 }),
    set({ rateLimits: { PutImagePolicy: -1 } }),
  ]);
  const { effective, messages } = await client.status('misled');
  await client.ask('misled', { kind: 'advance' }, asking('ann'));
  await endedReport(client, 'misled');

  expect(refusals).toMatchObject([
    {
      reason: {
        code: 'message-invalid',
        message: expect.stringContaining('maxConcurrentCount must be a whole number from 1 to 1000') as string,
      },
    },
    {
      reason: {
        code: 'message-invalid',
        message: expect.stringContaining('rateLimits.PutImagePolicy must be a number from 0.5 to 1000') as string,
      },
    },
  ]);
  expect(effective).toMatchObject({ maxConcurrentCount: 7, rateLimits: {} });
  expect(messages).toEqual([]);
});

it('a rollout calls no faster than its manifest allows, whatever AWS would take', async () => {
  const { client, simulator } = rig;
  simulator.changeSettings({ rateLimits: [] });
  const images = plantImages(simulator, namesOf('capped', 6));

  const report = await rollOut(client, bulkSpec('capped', images, { rateLimits: { PutImagePolicy: 1 } }));

  const puts = putsOn('capped-');
  const [first] = puts;
  expect(report.images.filter((image) => 'throttled' in image || 'throttledCount' in image)).toEqual([]);
  expect(report.counts).toMatchObject({ succeeded: 6 });
  expect(puts).toHaveLength(6);
  // A call may arrive a little earlier or later after it began than the one before.
  expect(puts.filter(({ at }, index) => at - (first?.at ?? 0) < index * 1_000 - 250)).toEqual([]);
});

it('a rollout calls no faster than somebody has said while it runs, from the next images on', async () => {
  const { client, simulator } = rig;
  const images = plantImages(simulator, namesOf('slowed', 6));
  const waves = [{ name: 'first', count: 1, soakMs: 3_600_000 }, { name: 'rest' }];
  const change = { rateLimits: { PutImagePolicy: 1 } };

  await startBulk(client, bulkSpec('slowed', images, { strategy: { waves }, rateLimits: { GetImage: 500 } }));
  const before = await untilStatus(client, 'slowed', ({ awaits }) => awaits?.kind === 'soak');
  await client.ask('slowed', { kind: 'set', strategy: change }, asking('ann'));
  const after = await client.status('slowed');
  await client.ask('slowed', { kind: 'advance' }, asking('ann'));
  const report = await endedReport(client, 'slowed');

  const [, ...puts] = putsOn('slowed-');
  expect(before.effective?.rateLimits).toEqual({ GetImage: 500 });
  expect(after.effective?.rateLimits).toEqual({ GetImage: 500, PutImagePolicy: 1 });
  expect(report.counts).toMatchObject({ succeeded: 6 });
  expect(report.messages[0]).toMatchObject({ ...asking('ann'), request: { kind: 'set', strategy: change } });
  expect(puts).toHaveLength(5);
  expect(puts.filter(({ at }, index) => at - (puts[0]?.at ?? 0) < index * 1_000 - 250)).toEqual([]);
});

function putsOn(prefix: string) {
  return rig.simulator
    .journal()
    .filter(
      ({ operation, images }) => operation === 'PutImagePolicy' && images.some((image) => image.includes(prefix)),
    );
}

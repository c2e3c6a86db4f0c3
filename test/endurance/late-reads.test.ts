import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportedImage, RolloutReport } from '../../src/contracts/report.ts';
import { batchWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, imagesBefore, offencesOfRollout, rollOut, startRig, untilJournal } from '../support/rig.ts';
import { foreignConsumer, foreignShareOf } from '../support/rig-foreign.ts';
import type { SpecChange } from '../support/rig-images.ts';
import {
  principals,
  quickTiming,
  rigImage,
  rigOrigin,
  rigSpec,
  seedOf,
  sharedEarlier,
  unpromotable,
  unshared,
} from '../support/rig-images.ts';
import { lockImage, untilWaiting } from '../support/rig-locks.ts';
import { writesOf } from '../support/simulator.ts';

const promotion = 'PromoteResourceShareCreatedFromPolicy';
const wanted = [principals.a, principals.b];

// Looks at the images of a Region are made together, so that no two of them need be the same read.
const regions = ['us-east-1', 'eu-west-1', 'us-west-2', 'eu-central-1'] as const;
// What was done is not done again for as long as an undo settles, and reads lag by less.
const lagMs = 800;
const timing = { ...quickTiming, settleMs: 3_000 };

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

describe.each([
  { promoteTwice: 'not-permitted', lagMs, timing },
  // That one is asked again by itself, for so long that a shorter lag does not matter.
  { promoteTwice: 'invalid-state', lagMs: 1_800, timing: { ...timing, settleMs: 4_000 } },
] as const)('where every read lags, and another promotion is $promoteTwice', ({ promoteTwice, ...late }) => {
  const [answered, unanswered] = [
    unshared(`answered-${promoteTwice}`, {}, 'eu-west-1'),
    unshared(`unanswered-${promoteTwice}`, {}, 'us-west-2'),
  ];
  const shared = sharedEarlier(`shared-${promoteTwice}`, 'eu-central-1');
  const refused = unpromotable(`refused-${promoteTwice}`);
  const all = [answered, unanswered, shared, refused];
  let images: readonly ReportedImage[];
  let before: ReturnType<typeof imagesBefore>;

  beforeAll(async () => {
    const { simulator } = rig;
    simulator.reset();
    simulator.seed(seedOf(all));
    simulator.changeSettings({ promotionLagMs: 400, behaviour: { promoteTwice } });
    before = imagesBefore(simulator);
    simulator.addFaults([
      { operation: promotion, image: unanswered.image, answer: { kind: 'lose-response-after-effect' } },
      { operation: '*', times: 'always', answer: { kind: 'stale', lagMs: late.lagMs } },
    ]);
    const report = await roll(
      promoteTwice,
      all.map(({ image }) => image),
      { timing: late.timing },
    );
    ({ images } = report);
  });

  it.each([
    { what: 'was answered', image: answered.image },
    { what: 'was not answered', image: unanswered.image },
  ])('a promotion that $what has begun', ({ image }) => {
    expect(endOf(images, image)).toMatchObject({ state: 'SUCCEEDED' });
    expect(effectsOf(image, promotion)).toBe(1);
    expect(effectsOf(image, 'PutImagePolicy')).toBe(1);
  });

  it('a promotion that RAM refuses is asked for once, and undone', () => {
    expect(endOf(images, refused.image)).toMatchObject({ state: 'COMPENSATED', error: { code: 'promotion-refused' } });
    expect(callsOf(refused.image, promotion)).toHaveLength(1);
  });

  it('nothing that was answered is done again, and nothing is left behind', () => {
    expect(endOf(images, shared.image)).toMatchObject({ state: 'SUCCEEDED' });
    expect(offencesOfRollout(rig.simulator, before, images)).toEqual([]);
  });
});

it('a rollout succeeds, and repeats nothing, where half of all reads lag', async () => {
  const { simulator } = rig;
  const beginnings = regions.flatMap((region) => [
    unshared('half-new', {}, region),
    sharedEarlier('half-shared', region),
  ]);
  simulator.reset();
  simulator.seed(seedOf(beginnings));
  simulator.changeSettings({ behaviour: { promoteTwice: 'not-permitted' } });
  simulator.addFaults([{ operation: '*', probability: 0.5, answer: { kind: 'stale', lagMs } }]);
  const before = imagesBefore(simulator);
  const all = beginnings.map(({ image }) => image);

  const { images } = await roll('half', all);

  expect(images.filter(({ state }) => state !== 'SUCCEEDED')).toEqual([]);
  expect(offencesOfRollout(simulator, before, images)).toEqual([]);
});

it.each([
  { name: 'unavailable-then-broken', first: { kind: 'unavailable' }, times: 4, then: { kind: 'server-error' } },
  {
    name: 'throttled-then-expired',
    first: { kind: 'throttle' },
    times: 2,
    then: { kind: 'error', status: 400, name: 'ExpiredTokenException' },
  },
] as const)('a read that fails in two ways is given up for neither: $name', async ({ name, first, times, then }) => {
  const { simulator } = rig;
  const { image, seed } = unshared(name);
  simulator.reset();
  simulator.seed(seed);
  simulator.addFaults([
    { operation: 'ListResources', times, answer: first },
    { operation: 'ListResources', answer: then },
  ]);

  const report = await roll(name, [image]);

  expect(report).toMatchObject({ state: 'SUCCEEDED', counts: { succeeded: 1 } });
});

describe('an image that the rollout has found, and that is not shown right after', () => {
  const notFound = { kind: 'error', status: 404, name: 'ResourceNotFoundException' } as const;

  it.each([
    { what: 'is waited for', name: 'shown-late', times: 2, end: { state: 'SUCCEEDED' } },
    {
      what: 'is gone where it stays so',
      name: 'shown-never',
      times: 'always',
      end: { state: 'FAILED', error: { code: 'image-gone' } },
    },
  ] as const)('$what', async ({ name, times, end }) => {
    const { simulator } = rig;
    const { image, seed } = unshared(name);
    simulator.reset();
    simulator.seed(seed);
    simulator.addFaults([{ operation: 'GetImage', times, answer: notFound }]);

    const { images } = await roll(name, [image], { timing: { ...timing, settleMs: 4_000 } });

    expect(endOf(images, image)).toMatchObject(end);
  });
});

describe('a share that RAM is still making', () => {
  const [answered, unanswered, inVain] = [rigImage('made'), rigImage('made-unanswered'), rigImage('made-in-vain')];
  const nobody = sharedEarlier('made-again');
  let images: readonly ReportedImage[];

  beforeAll(async () => {
    const { client, simulator } = rig;
    simulator.reset();
    for (const image of [answered, unanswered, inVain]) simulator.seed(foreignShareOf(image).seed);
    simulator.seed(nobody.seed);
    await roll('left-nobody', [nobody.image], { wanted: [] });
    if (accessTo(nobody.image).length > 0) throw new Error('somebody is left in');
    simulator.changeSettings({ creationLagMs: 2_500 });
    simulator.addFaults([
      { operation: 'CreateResourceShare', image: unanswered, answer: { kind: 'lose-response-after-effect' } },
    ]);
    await client.undo('left-nobody', { ...rigOrigin, reason: 'a test' });
    const hasty = { ...quickTiming, promotionTimeoutMs: 300 };
    const reports = await Promise.all([
      roll('made', [answered, unanswered], { foreignShares: 'leave' }),
      roll('made-in-vain', [inVain], { foreignShares: 'leave', timing: hasty }),
      endedReport(client, 'left-nobody-undo'),
    ]);
    images = reports.flatMap((report) => report.images);
  });

  it.each([
    { what: 'was answered', image: answered, callCount: 1 },
    { what: 'was not answered', image: unanswered, callCount: 2 },
  ])('is waited for, and is one share, where its making $what', ({ image, callCount }) => {
    expect(endOf(images, image)).toMatchObject({ state: 'SUCCEEDED' });
    expect(callsOf(image, 'CreateResourceShare')).toHaveLength(callCount);
    expect(ownShares(image)).toMatchObject([{ status: 'ACTIVE' }]);
    expect(accessTo(image)).toEqual([...wanted, foreignConsumer]);
  });

  it('is waited for and deleted by an undo, whose proof would be over before', () => {
    expect(endOf(images, inVain)).toMatchObject({ state: 'COMPENSATED', error: { code: 'not-in-sync' } });
    expect(ownShares(inVain)).toMatchObject([{ status: 'DELETED' }]);
    rig.simulator.settle();
    expect(accessTo(inVain)).toEqual([foreignConsumer]);
  });

  it('is waited for by the undo of a rollout that left nobody in', () => {
    expect(endOf(images, nobody.image)).toMatchObject({ state: 'SUCCEEDED' });
    expect(callsOf(nobody.image, 'CreateResourceShare')).toHaveLength(1);
    expect(accessTo(nobody.image)).toEqual([principals.a, principals.c]);
  });
});

it('a share whose making was not answered is found by the undo of a step that fails at once, however late RAM shows it', async () => {
  const { simulator } = rig;
  const image = rigImage('made-untold');
  simulator.reset();
  simulator.seed(foreignShareOf(image).seed);
  simulator.changeSettings({ creationLagMs: 3_000 });
  simulator.addFaults([
    { operation: 'CreateResourceShare', image, answer: { kind: 'lose-response-after-effect' } },
    { operation: 'CreateResourceShare', image, answer: { kind: 'error', status: 403, name: 'AccessDeniedException' } },
  ]);
  const hasty = { ...quickTiming, unansweredMs: 500 };

  const { images } = await roll('made-untold', [image], { foreignShares: 'leave', timing: hasty });

  expect(endOf(images, image)).toMatchObject({ state: 'COMPENSATED', error: { code: 'aws-access-denied' } });
  expect(ownShares(image)).toMatchObject([{ status: 'DELETED' }]);
  simulator.settle();
  expect(accessTo(image)).toEqual([foreignConsumer]);
});

describe('an image for which a rollout has waited', () => {
  const stale = { operation: 'GetResourceShares', times: 'always', answer: { kind: 'stale', lagMs: 60_000 } } as const;
  const timing = { ...quickTiming, settleMs: 5_000 };

  it('is looked at until AWS shows the tag that was set last', async () => {
    const { client, simulator } = rig;
    const image = rigImage('handed-over');
    simulator.reset();
    simulator.seed({ images: [{ arn: image }], shares: [{ images: [image], principals: [principals.a] }] });
    // It strikes no read yet, and has the simulator remember them.
    simulator.addFaults([{ ...stale, image: rigImage('another') }]);
    await roll('handed-over-first', [image], { foreignShares: 'adopt' });
    const holder = await lockImage(rig.temporal, image);
    await startBehindLock('handed-over', image, { wanted: [principals.c], timing });
    const lookCount = looksAt(image);

    simulator.addFaults([stale]);
    await holder.terminate('a test');
    await untilJournal(simulator, 'a second look', () => looksAt(image) > lookCount + 1);
    simulator.clearFaults();
    const { images } = await endedReport(client, 'handed-over');

    expect(endOf(images, image)).toMatchObject({ state: 'SUCCEEDED' });
    expect(accessTo(image)).toEqual([principals.c]);
  });

  it("is left alone where a share stays somebody else's", async () => {
    const { client, simulator } = rig;
    const image = unshared('taken-over').image;
    simulator.reset();
    simulator.seed({ images: [{ arn: image }] });
    const holder = await lockImage(rig.temporal, image);
    await startBehindLock('taken-over', image, { timing: quickTiming });

    simulator.seed({ shares: [{ images: [image], principals: [foreignConsumer] }] });
    await holder.terminate('a test');
    const { images } = await endedReport(client, 'taken-over');

    expect(endOf(images, image)).toMatchObject({ state: 'FAILED', error: { code: 'share-not-ours' } });
    expect(writesOf(simulator, image)).toEqual([]);
  });
});

/** Starts a rollout of an image whose lock is taken, and returns when it waits for that. */
async function startBehindLock(name: string, image: ImageArn, change: SpecChange): Promise<void> {
  const { runId } = await rig.client.startRollout(rigSpec(name, [image], change), rigOrigin);
  await untilWaiting(rig.temporal, batchWorkflowId(name, runId, 'all', 1), 1);
}

/** How often a transaction has begun to look at an image. */
function looksAt(image: ImageArn): number {
  return rig.simulator.journal(image).filter(({ operation }) => operation === 'GetImage').length;
}

function roll(name: string, images: readonly ImageArn[], change: SpecChange = {}): Promise<RolloutReport> {
  return rollOut(rig.client, rigSpec(name, images, { timing, ...change }));
}

function endOf(images: readonly ReportedImage[], image: ImageArn): ReportedImage | undefined {
  return images.find(({ imageArn }) => imageArn === image);
}

function callsOf(image: ImageArn, operation: string) {
  return writesOf(rig.simulator, image).filter((call) => call.operation === operation);
}

function effectsOf(image: ImageArn, operation: string): number {
  return callsOf(image, operation).filter(({ effect }) => effect).length;
}

function accessTo(image: ImageArn): readonly string[] {
  return [...(rig.simulator.image(image)?.access ?? [])].sort();
}

/** The shares that the product has made for an image, deleted ones too. */
function ownShares(image: ImageArn) {
  return rig.simulator.image(image)?.shares.filter(({ name }) => name.startsWith('policy-rollout-')) ?? [];
}

import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReportedImage, RolloutReport } from '../../src/contracts/report.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import type { FaultAnswer } from '../../src/simulator/faults.ts';
import type { ImageState } from '../../src/simulator/state.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, imagesBefore, offencesOfRollout, rollOut, startRig } from '../support/rig.ts';
import { foreignConsumer, foreignShareOf } from '../support/rig-foreign.ts';
import type { Beginning, SpecChange } from '../support/rig-images.ts';
import { principals, quickTiming, rigImage, rigOrigin, rigSpec, sharedEarlier } from '../support/rig-images.ts';
import { unpromotable, unshared } from '../support/rig-images.ts';
import { writesOf } from '../support/simulator.ts';

const promotion = 'PromoteResourceShareCreatedFromPolicy';
const wanted = [principals.a, principals.b];

// What was done is not done again for a second at least, and reads lag by less.
const lagMs = 800;
const stale: FaultAnswer = { kind: 'stale', lagMs };
const timing = { ...quickTiming, settleMs: 1_000, verificationTimeoutMs: 20_000 };

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

beforeEach(() => {
  rig.simulator.reset();
});

describe('a promotion that RAM has accepted and does not show yet', () => {
  it.each([
    { name: 'refused', promoteTwice: 'not-permitted', isAnswered: true },
    { name: 'refused-unanswered', promoteTwice: 'not-permitted', isAnswered: false },
    { name: 'in-conflict-unanswered', promoteTwice: 'invalid-state', isAnswered: false },
  ] as const)('is not taken for one that failed, where another is $name', async ({ name, promoteTwice, isAnswered }) => {
    const { simulator } = rig;
    const { image, seed } = unshared(name);
    simulator.seed(seed);
    simulator.changeSettings({ promotionLagMs: 400, behaviour: { promoteTwice } });
    simulator.addFaults([
      { operation: 'GetResourceShares', image, times: 'always', answer: stale },
      ...(isAnswered ? [] : [{ operation: promotion, answer: { kind: 'lose-response-after-effect' } } as const]),
    ]);

    const [ended] = (await roll(name, [image])).images;

    expect(ended).toMatchObject({ state: 'SUCCEEDED' });
    expect(effectsOf(image, promotion)).toBe(1);
    expect(effectsOf(image, 'PutImagePolicy')).toBe(1);
    expect(accessTo(image)).toEqual(wanted);
  });

  it('is told from one that RAM refuses, which is asked once and undone', async () => {
    const { simulator } = rig;
    const { image, seed } = unpromotable('really-refused');
    simulator.seed(seed);

    const [ended] = (await roll('really-refused', [image])).images;

    expect(ended).toMatchObject({ state: 'COMPENSATED', error: { code: 'promotion-refused' } });
    expect(callsOf(image, promotion)).toHaveLength(1);
    expect(accessTo(image)).toEqual([principals.c]);
  });
});

it('a rollout succeeds, and repeats nothing, where half of all reads lag', async () => {
  const { simulator } = rig;
  const beginnings = [
    ...['1', '2', '3', '4'].map((number) => unshared(`lagging-new-${number}`)),
    ...['1', '2', '3', '4'].map((number) => sharedEarlier(`lagging-shared-${number}`)),
  ];
  plant(beginnings);
  simulator.changeSettings({ behaviour: { promoteTwice: 'not-permitted' } });
  const before = imagesBefore(simulator);
  simulator.addFaults([{ operation: '*', probability: 0.5, answer: stale }]);

  const { images } = await roll(
    'lagging',
    beginnings.map(({ image }) => image),
  );

  expect(images.filter(({ state }) => state !== 'SUCCEEDED')).toEqual([]);
  expect(offencesOfRollout(simulator, before, images)).toEqual([]);
});

describe('a read that fails in several ways', () => {
  it.each([
    { name: 'unavailable-then-broken', first: { kind: 'unavailable' }, times: 4, then: { kind: 'server-error' } },
    {
      name: 'throttled-then-expired',
      first: { kind: 'throttle' },
      times: 2,
      then: { kind: 'error', status: 400, name: 'ExpiredTokenException' },
    },
  ] as const)('is given up for none of them: $name', async ({ name, first, times, then }) => {
    const { simulator } = rig;
    const { image, seed } = unshared(name);
    simulator.seed(seed);
    simulator.addFaults([
      { operation: 'ListResources', times, answer: first },
      { operation: 'ListResources', answer: then },
    ]);

    const report = await roll(name, [image]);

    expect(report).toMatchObject({ state: 'SUCCEEDED', counts: { succeeded: 1 } });
  });
});

describe('a share that RAM is still making', () => {
  it('is waited for, and made once, also where the answer was lost', async () => {
    const { simulator } = rig;
    const [answered, lost] = [besideForeign('made-once'), besideForeign('made-unanswered')];
    simulator.changeSettings({ creationLagMs: 1_500 });
    simulator.addFaults([
      { operation: 'CreateResourceShare', image: lost, answer: { kind: 'lose-response-after-effect' } },
    ]);

    const { images } = await roll('made', [answered, lost], { foreignShares: 'leave' });

    expect(images.map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect([answered, lost].map((image) => callsOf(image, 'CreateResourceShare').length)).toEqual([1, 2]);
    for (const image of [answered, lost]) {
      expect(ownShares(image)).toHaveLength(1);
      expect(accessTo(image)).toEqual([...wanted, foreignConsumer].sort());
    }
  });

  it('is waited for and deleted by an undo whose proof would be over before', async () => {
    const { simulator } = rig;
    const image = besideForeign('made-in-vain');
    simulator.changeSettings({ creationLagMs: 3_000 });
    const given = { foreignShares: 'leave', timing: { ...quickTiming, promotionTimeoutMs: 500 } } as const;

    const [ended] = (await roll('made-in-vain', [image], given)).images;
    const atItsEnd = ownShares(image);
    simulator.settle();

    expect(ended).toMatchObject({ state: 'COMPENSATED', error: { code: 'not-in-sync' } });
    expect(atItsEnd).toMatchObject([{ status: 'DELETED' }]);
    expect(accessTo(image)).toEqual([foreignConsumer]);
  });

  it('is waited for by the undo of a rollout that left nobody in', async () => {
    const { client, simulator } = rig;
    const { image, seed } = sharedEarlier('made-again');
    simulator.seed(seed);
    await roll('made-again', [image], { wanted: [] });
    const accessBetween = accessTo(image);
    simulator.changeSettings({ creationLagMs: 1_500 });

    await client.undo('made-again', { ...rigOrigin, reason: 'a test' });
    const [undone] = (await endedReport(client, 'made-again-undo')).images;

    expect(accessBetween).toEqual([]);
    expect(undone).toMatchObject({ state: 'SUCCEEDED' });
    expect(callsOf(image, 'CreateResourceShare')).toHaveLength(1);
    expect(accessTo(image)).toEqual([principals.a, principals.c]);
  });
});

function plant(beginnings: readonly Beginning[]): void {
  for (const { seed } of beginnings) rig.simulator.seed(seed);
}

/** An image that somebody else shares with somebody. */
function besideForeign(name: string): ImageArn {
  const image = rigImage(name);
  rig.simulator.seed(foreignShareOf(image).seed);
  return image;
}

function roll(name: string, images: readonly ImageArn[], change: SpecChange = {}): Promise<RolloutReport> {
  return rollOut(rig.client, rigSpec(name, images, { timing, ...change }));
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

/** The shares that the product has made of an image, deleted ones too. */
function ownShares(image: ImageArn) {
  return rig.simulator.image(image)?.shares.filter(({ name }) => name.startsWith('policy-rollout-')) ?? [];
}

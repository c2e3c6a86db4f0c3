import { beforeAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { awsClientOptions } from '../../src/worker.ts';
import { rigImage, rigSpec } from '../support/rig-images.ts';
import { rollOut, startRig } from '../support/rig.ts';

// The pauses before repeats are shortened as the lags are, compared with those of AWS.
const rig = await startRig({}, { delayFactor: 0.2, ...awsClientOptions });

const imageCount = 100;
const laneCount = 25;
// A busy machine spreads the looks: 17.1 were measured there. Each look by itself comes to 29.
const mostCalls = 20;
// What no image can share with others: five looks at its policy and one at itself, and three writes.
const ownCalls = { GetImagePolicy: 5, GetImage: 1, writes: 3 };

describe.each([
  { name: 'at-once', regions: ['us-east-1'], lagMs: 0 },
  { name: 'later', regions: ['us-east-1'], lagMs: 1_000 },
  // Each partition has but a quarter of the lanes, so that fewer images look at the same time.
  {
    name: 'in-four-regions',
    regions: ['us-east-1', 'eu-west-1', 'us-west-2', 'eu-central-1'],
    lagMs: 0,
  },
])('a rollout to images that RAM shares $name', ({ name, regions, lagMs }) => {
  let first: readonly JournalEntry[];
  let second: readonly JournalEntry[];
  const images = Array.from({ length: imageCount }, (_, index) =>
    rigImage(`${name}-${index}`, '111111111111', regions[index % regions.length]),
  );

  beforeAll(async () => {
    rig.simulator.reset();
    rig.simulator.changeSettings({ shareLagMs: lagMs, promotionLagMs: lagMs, associationLagMs: lagMs });
    rig.simulator.seed({ images: images.map((arn) => ({ arn })) });
    const spec = { maxConcurrentCount: laneCount };

    const changed = await rollOut(rig.client, rigSpec(name, images, spec));
    first = [...rig.simulator.journal()];
    const unchanged = await rollOut(rig.client, rigSpec(`${name}-again`, images, spec));
    second = rig.simulator.journal().slice(first.length);

    expect([changed.counts.succeeded, unchanged.counts.unchanged]).toEqual([imageCount, imageCount]);
  }, 180_000);

  it('makes few calls for each image that is changed, the proof included', () => {
    expect(first.length / imageCount, JSON.stringify(callsOf(first))).toBeLessThanOrEqual(mostCalls);
  });

  it('reads what is the own of an image as often as its decisions need it, however long RAM takes', () => {
    const { GetImagePolicy, GetImage } = callsOf(first);
    const writes = first.filter(({ isWrite }) => isWrite).length / imageCount;

    expect({ GetImagePolicy, GetImage, writes }).toEqual(ownCalls);
  });

  it('makes hardly more than one call for each image that is in sync', () => {
    expect(second.length / imageCount, JSON.stringify(callsOf(second))).toBeLessThanOrEqual(1.25);
  });
});

/** The calls of each operation, for one image. */
function callsOf(journal: readonly JournalEntry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation } of journal) counts[operation] = (counts[operation] ?? 0) + 1 / imageCount;
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Math.round(count * 100) / 100]));
}

import { describe, expect, it } from 'vitest';
import type { ImageArn } from '../../src/domain/arn.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { rigImage, rigSpec, seedOf } from '../support/rig-images.ts';
import { rollOut, startRig } from '../support/rig.ts';

const rig = await startRig({}, { delayFactor: 0.1, requestTimeoutMs: 10_000 });

function callsOf(journal: readonly JournalEntry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation } of journal) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

function partition(prefix: string, count: number, region: string): readonly ImageArn[] {
  return Array.from({ length: count }, (_, index) => rigImage(`${prefix}-${index}`, '111111111111', region));
}

describe('calls', () => {
  it.each([
    ['one', ['us-east-1'], 0],
    ['one-lag', ['us-east-1'], 500],
    ['four', ['us-east-1', 'eu-west-1', 'us-west-2', 'eu-central-1'], 0],
    ['four-lag', ['us-east-1', 'eu-west-1', 'us-west-2', 'eu-central-1'], 500],
  ])('%s', { timeout: 120_000 }, async (name, regions, lag) => {
    rig.simulator.reset();
    rig.simulator.changeSettings({ shareLagMs: lag, promotionLagMs: lag, associationLagMs: lag });
    const images = regions.flatMap((region) => partition(name, 100 / regions.length, region));
    rig.simulator.seed(seedOf(images.map((image) => ({ image, seed: { images: [{ arn: image }] } }))));
    const started = Date.now();
    const report = await rollOut(rig.client, rigSpec(name, images, { maxConcurrentCount: 25 }));
    const first = callsOf(rig.simulator.journal());
    const before = rig.simulator.journal().length;
    console.log(name, Date.now() - started, 'ms', report.counts.succeeded, before / 100, first);
    await rollOut(rig.client, rigSpec(`${name}-again`, images, { maxConcurrentCount: 25 }));
    const again = rig.simulator.journal().slice(before);
    console.log('again', again.length / 100, callsOf(again));
    expect(report.counts.succeeded).toBe(100);
  });
});

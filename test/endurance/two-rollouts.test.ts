import { beforeAll, describe, expect, it } from 'vitest';
import type { RolloutReport } from '../../src/contracts/report.ts';
import type { RolloutSpec } from '../../src/contracts/rollout.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { bulkSpec, namesOf, plantImages, startBulk } from '../support/rig-bulk.ts';
import { principals } from '../support/rig-images.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, startRig } from '../support/rig.ts';
import { idleWritesOf, writesOf } from '../support/simulator.ts';

// More by hand: IMAGES=1000.
const imageCount = Number(process.env['IMAGES'] ?? 6);
const ownerAccount = '111111111111';
const sides = ['left', 'right'] as const;
const wantedBy = { left: [principals.a], right: [principals.b] } as const;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ settings: { promotionLagMs: 200, associationLagMs: 100 } }, { requestTimeoutMs: 15_000 });
});

describe('two rollouts that begin at once, over the same images', () => {
  it.each([
    { onConflict: 'wait', lost: null },
    { onConflict: 'skip', lost: 'SKIPPED' },
    { onConflict: 'fail', lost: 'FAILED' },
  ] as const)('never write an image at the same time, and $onConflict where it is taken', async (named) => {
    const { onConflict, lost } = named;
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf(`both-${onConflict}`, imageCount));
    // Long enough for the other one to come by, however far behind it is.
    const answer = { kind: 'delay', durationMs: 4_000 } as const;
    simulator.addFaults(images.slice(0, 2).map((image) => ({ operation: 'PutImagePolicy', image, answer })));

    await Promise.all(sides.map((side) => startBulk(client, specOf(side, onConflict, images))));
    const reports = await Promise.all(sides.map((side) => endedReport(client, `both-${onConflict}-${side}`)));

    const lostImages = reports.flatMap((report) => report.images.filter(({ state }) => state !== 'SUCCEEDED'));
    expect(images.map(turnsOf).filter((turns) => turns > 2)).toEqual([]);
    expect(images.flatMap((image) => idleWritesOf(simulator, image))).toEqual([]);
    expect(lostImages.map(({ state, error }) => [state, error?.code])).toEqual(
      lostImages.map(() => [lost, 'image-locked']),
    );
    expect(lostImages.length > 0).toBe(lost !== null);
    expect(images.filter((image) => !isAsSomebodyWanted(image, reports))).toEqual([]);
  });
});

/** Each rollout works by a role of its own, whose keys tell in the journal who has written. */
function specOf(
  side: 'left' | 'right',
  onConflict: 'wait' | 'skip' | 'fail',
  images: readonly ImageArn[],
): RolloutSpec {
  return bulkSpec(`both-${onConflict}-${side}`, images, {
    wanted: wantedBy[side],
    maxConcurrentCount: 4,
    ownerRoles: { [ownerAccount]: { roleArn: `arn:aws:iam::${ownerAccount}:role/${side}` } },
    strategy: { onConflict },
  });
}

/** How often the writer of an image changed. */
function turnsOf(image: ImageArn): number {
  const writers = writesOf(rig.simulator, image).map(({ accessKeyId }) => accessKeyId);
  return writers.filter((writer, index) => writer !== writers[index - 1]).length;
}

/** Whether an image is shared as one of the rollouts has wanted it that have succeeded with it. */
function isAsSomebodyWanted(image: ImageArn, reports: readonly RolloutReport[]): boolean {
  const access = rig.simulator.image(image)?.access.join();
  return sides.some((side, index) => wantedBy[side].join() === access && isSucceeded(reports[index], image));
}

function isSucceeded(report: RolloutReport | undefined, image: ImageArn): boolean {
  return report?.images.some(({ imageArn, state }) => imageArn === image && state === 'SUCCEEDED') ?? false;
}

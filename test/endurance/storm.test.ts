import { beforeAll, describe, expect, it } from 'vitest';
import type { RolloutReport } from '../../src/contracts/report.ts';
import { rigImage, rigSpec } from '../support/rig-images.ts';
import type { Rig } from '../support/rig.ts';
import { imagesBefore, offencesOfRollout, rollOut, startRig } from '../support/rig.ts';

const accounts = ['111111111111', '777777777777'];
const ownerRoles = Object.fromEntries(
  accounts.map((account) => [account, { roleArn: `arn:aws:iam::${account}:role/policy-rollout` }]),
);
// One for each partition: a bucket that refuses at random teaches a client to be very slow.
const images = accounts.map((account) => rigImage('storm', account));

let rig: Rig;
let report: RolloutReport;
let before: ReturnType<typeof imagesBefore>;

beforeAll(async () => {
  rig = await startRig({
    randomSeed: 7,
    seed: { images: images.map((arn) => ({ arn })) },
    faults: [
      { operation: '*', probability: 0.3, answer: { kind: 'throttle' } },
      // Of the 70 % that are left.
      { operation: '*', probability: 3 / 7, answer: { kind: 'unavailable' } },
    ],
  });
  before = imagesBefore(rig.simulator);
  report = await rollOut(rig.client, rigSpec('storm', images, { ownerRoles }));
}, 280_000);

describe('a rollout of which 30 % of all calls are answered 429, and 30 % 503', () => {
  it('meets about so many of both', () => {
    const journal = rig.simulator.journal();
    const shareOf = (kind: string): number => journal.filter(({ fault }) => fault === kind).length / journal.length;

    expect(shareOf('throttle')).toBeGreaterThan(0.2);
    expect(shareOf('unavailable')).toBeGreaterThan(0.2);
  });

  it('succeeds for every image', () => {
    expect(report.counts).toMatchObject({ total: 2, succeeded: 2 });
    expect(offencesOfRollout(rig.simulator, before, report.images)).toEqual([]);
  });
});

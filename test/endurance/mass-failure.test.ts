import { beforeAll, describe, expect, it } from 'vitest';
import type { RolloutReport } from '../../src/contracts/report.ts';
import { cliRig } from '../support/cli-rig.ts';
import { namesOf, plantImages, writtenOf } from '../support/rig-bulk.ts';
import { foreignOffences, foreignShareOf } from '../support/rig-foreign.ts';
import { principals, rigImage } from '../support/rig-images.ts';
import { idleWritesOf } from '../support/simulator.ts';

// More by hand: IMAGES=1000.
const imageCount = Number(process.env['IMAGES'] ?? 60);
const maxConcurrentCount = 25;
const names = namesOf('refused', imageCount);
const foreignShares = namesOf('refused-foreign', 2).map((name) => foreignShareOf(rigImage(name)));
const blocked = namesOf('refused-foreign', 2).map((name) => rigImage(name));
const images = names.map((name) => rigImage(name));

const rig = cliRig('mass-failure');
let exitCode: number;
let report: RolloutReport;

beforeAll(async () => {
  plantImages(rig.simulator(), names, { behaviour: { promotion: 'refused' } });
  for (const { seed } of foreignShares) rig.simulator().seed(seed);
  const manifest = await rig.manifest('mass-failure', {
    principals: [principals.a, principals.b],
    images: [...images, ...blocked],
    more: [
      `guardrails: { maxImages: ${imageCount + blocked.length} }`,
      'strategy:',
      `  maxConcurrentCount: ${maxConcurrentCount}`,
      '  failureToleranceCount: 0',
      '  concurrencyMode: SOFT_FAILURE_TOLERANCE',
    ].join('\n'),
  });

  const run = await rig.cli('apply', manifest, '--skip-blocked', '--yes', '--json');
  exitCode = run.exitCode;
  report = JSON.parse(run.stdout) as RolloutReport;
}, 240_000);

describe(`a rollout of which every promotion is refused, with ${maxConcurrentCount} at once and a tolerance of 0`, () => {
  it('stops, and has touched no more images than were under way', () => {
    const touched = writtenOf(rig.simulator(), images);

    expect(exitCode).toBe(4);
    expect(report).toMatchObject({ state: 'STOPPED', error: { code: 'tolerance-exceeded' } });
    expect(touched.length).toBeGreaterThan(0);
    expect(touched.length).toBeLessThanOrEqual(maxConcurrentCount);
  });

  it('has compensated each that it has touched, and skipped the rest', () => {
    const touched = writtenOf(rig.simulator(), images);
    const compensated = report.images.filter(({ state }) => state === 'COMPENSATED');

    expect(compensated.map(({ imageArn }) => imageArn).toSorted()).toEqual(touched.toSorted());
    expect(report.counts).toMatchObject({
      total: imageCount + blocked.length,
      compensated: touched.length,
      skipped: imageCount + blocked.length - touched.length,
    });
  });

  it('leaves nobody with access, and has written nothing that was so already', () => {
    expect(images.filter((image) => rig.simulator().image(image)?.access.length !== 0)).toEqual([]);
    expect(idleWritesOf(rig.simulator())).toEqual([]);
  });

  it('writes neither to a share of somebody else nor to an image in it', () => {
    expect(foreignOffences(rig.simulator(), foreignShares)).toEqual([]);
    expect(writtenOf(rig.simulator(), blocked)).toEqual([]);
  });
});

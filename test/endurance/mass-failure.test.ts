import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RolloutReport } from '../../src/contracts/report.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { buildForTests, killAndWait, runBuiltCli, spawnBuiltWorker } from '../support/built-cli.ts';
import { startGuardedSimulator } from '../support/guarded-simulator.ts';
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

let folder = '';
let simulator: Simulator;
let worker: ChildProcess;
let exitCode: number;
let report: RolloutReport;

beforeAll(async () => {
  await buildForTests();
  folder = await mkdtemp(join(tmpdir(), 'mass-failure-'));
  simulator = await startGuardedSimulator();
  plantImages(simulator, names, { behaviour: { promotion: 'refused' } });
  for (const { seed } of foreignShares) simulator.seed(seed);
  worker = await spawnBuiltWorker(variables());

  const run = await runBuiltCli(['apply', await manifest(), '--skip-blocked', '--yes', '--json'], variables());
  exitCode = run.exitCode;
  report = JSON.parse(run.stdout) as RolloutReport;
}, 240_000);

afterAll(async () => {
  await killAndWait(worker);
  await simulator.close();
  await rm(folder, { recursive: true });
});

describe(`a rollout of which every promotion is refused, with ${maxConcurrentCount} at once and a tolerance of 0`, () => {
  it('stops, and has touched no more images than were under way', () => {
    const touched = writtenOf(simulator, images);

    expect(exitCode).toBe(4);
    expect(report).toMatchObject({ state: 'STOPPED', error: { code: 'tolerance-exceeded' } });
    expect(touched.length).toBeGreaterThan(0);
    expect(touched.length).toBeLessThanOrEqual(maxConcurrentCount);
  });

  it('has compensated each that it has touched, and skipped the rest', () => {
    const touched = writtenOf(simulator, images);
    const compensated = report.images.filter(({ state }) => state === 'COMPENSATED');

    expect(compensated.map(({ imageArn }) => imageArn).toSorted()).toEqual(touched.toSorted());
    expect(report.counts).toMatchObject({
      total: imageCount + blocked.length,
      compensated: touched.length,
      skipped: imageCount + blocked.length - touched.length,
    });
  });

  it('leaves nobody with access, and has written nothing that was so already', () => {
    expect(images.filter((image) => simulator.image(image)?.access.length !== 0)).toEqual([]);
    expect(idleWritesOf(simulator)).toEqual([]);
  });

  it('writes neither to a share of somebody else nor to an image in it', () => {
    expect(foreignOffences(simulator, foreignShares)).toEqual([]);
    expect(writtenOf(simulator, blocked)).toEqual([]);
  });
});

async function manifest(): Promise<string> {
  const path = join(folder, 'mass-failure.json');
  const text = JSON.stringify({
    apiVersion: 'policy-rollout/v1',
    name: 'mass-failure',
    policy: { principals: [principals.a, principals.b] },
    images: { include: [...images, ...blocked] },
    guardrails: { maxImages: imageCount + blocked.length },
    strategy: { maxConcurrentCount, failureToleranceCount: 0, concurrencyMode: 'SOFT_FAILURE_TOLERANCE' },
  });
  await writeFile(path, text);
  return path;
}

function variables(): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: inject('temporalNamespace'),
    POLICY_ROLLOUT_TASK_QUEUE: 'mass-failure',
    AWS_ENDPOINT_URL_IMAGEBUILDER: simulator.url,
    AWS_ENDPOINT_URL_RAM: simulator.url,
    AWS_ENDPOINT_URL_STS: simulator.url,
  };
}

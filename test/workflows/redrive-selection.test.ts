import { beforeAll, describe, expect, it } from 'vitest';
import { rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { formatImageArn } from '../../src/domain/arn.ts';
import { anySelection } from '../support/builders.ts';
import { bulkSpec, plantImages, startBulk } from '../support/rig-bulk.ts';
import { principals, rigOrigin } from '../support/rig-images.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, rollOut, startRig, statesByName, untilJournal } from '../support/rig.ts';
import { writesOf } from '../support/simulator.ts';

const origin = { ...rigOrigin, reason: 'a test' };
const anything = { ...anySelection, version: 'all', build: 'all' } as const;

// Four looks at 200 images each are begun at once; this one is in the fifth.
const manyCount = 801;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

/** Selects while AWS does not let the role list images, then gives it back its permission. */
async function failToSelect(rolloutName: string, named: readonly ImageArn[], name: string) {
  const { client, simulator } = rig;
  const denied = { kind: 'error', status: 403, name: 'ForbiddenException' } as const;
  simulator.addFaults([{ operation: 'ListImages', times: 'always', answer: denied }]);
  const report = await rollOut(client, bulkSpec(rolloutName, named, { selections: [{ ...anything, name }] }));
  simulator.clearFaults();
  return report;
}

describe('a redrive of a rollout that could not look for its images', () => {
  it('looks for them again', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, ['sought-1', 'sought-2']);

    const first = await failToSelect('sought', [], 'sought-*');
    const started = await client.redrive('sought', origin);
    const report = await endedReport(client, 'sought');

    expect(first).toMatchObject({ state: 'FAILED', areImagesKnown: false, error: { code: 'aws-access-denied' } });
    expect(first.images).toEqual([]);
    expect(started).not.toBeNull();
    expect(report).toMatchObject({ state: 'SUCCEEDED', areImagesKnown: true, redriveCount: 1 });
    expect(statesByName(report.images)).toEqual({ 'sought-1': 'SUCCEEDED', 'sought-2': 'SUCCEEDED' });
    expect(images.map((image) => writesOf(simulator, image).length > 0)).toEqual([true, true]);
    await expect(client.redrive('sought', origin)).resolves.toBeNull();
  });

  it('takes those that are named and those that it finds', async () => {
    const { client, simulator } = rig;
    const [named] = plantImages(simulator, ['beside-named', 'beside-found']);

    const first = await failToSelect('beside', named === undefined ? [] : [named], 'beside-*');
    await client.redrive('beside', origin);
    const report = await endedReport(client, 'beside');

    expect(statesByName(first.images)).toEqual({ 'beside-named': 'SKIPPED' });
    expect(statesByName(report.images)).toEqual({ 'beside-named': 'SUCCEEDED', 'beside-found': 'SUCCEEDED' });
    expect(report).toMatchObject({
      counts: { total: 2, succeeded: 2 },
      repeats: { count: 1, of: 3, first: named },
    });
    await expect(client.status('beside')).resolves.toMatchObject({ counts: { total: 2, succeeded: 2 } });
  });

  it('looks again where none was found', async () => {
    const { client, simulator } = rig;
    const selections = [{ ...anything, name: 'later' }];

    const first = await rollOut(client, bulkSpec('later', [], { selections }));
    plantImages(simulator, ['later']);
    await client.redrive('later', origin);
    const report = await endedReport(client, 'later');

    expect(first).toMatchObject({ state: 'REFUSED', error: { code: 'selection-empty' } });
    expect(statesByName(report.images)).toEqual({ later: 'SUCCEEDED' });
  });
});

it('has every image that was found, where the root was terminated before it had looked at all of them', async () => {
  const { client, simulator, temporal } = rig;
  const parts = { partition: 'aws', region: 'us-east-1', account: '111111111111', name: 'unlooked', version: '1.0.0' };
  const images = Array.from({ length: manyCount }, (_, at) => formatImageArn({ ...parts, build: String(at + 1) }));
  const share = { images, principals: [principals.a, principals.b] };
  simulator.seed({ images: images.map((arn) => ({ arn })), shares: [share] });
  const callsBefore = simulator.journal().length;
  simulator.addFaults([{ operation: 'GetImagePolicy', times: 'always', answer: { kind: 'hang' } }]);

  await startBulk(client, bulkSpec('unlooked', [], { selections: [{ ...anything, name: 'unlooked' }] }));
  await untilJournal(simulator, 'a look', () =>
    simulator
      .journal()
      .slice(callsBefore)
      .some(({ operation }) => operation === 'GetImagePolicy'),
  );
  await temporal.workflow.getHandle(rolloutWorkflowId('unlooked')).terminate('a test');
  simulator.clearFaults();
  const broken = await client.report('unlooked');
  const { failures } = await client.status('unlooked');
  await client.redrive('unlooked', origin);
  const report = await endedReport(client, 'unlooked');

  expect(broken).toMatchObject({ state: 'FAILED', counts: { total: manyCount, skipped: manyCount } });
  expect(failures).toEqual([]);
  expect(report).toMatchObject({ state: 'SUCCEEDED', counts: { total: manyCount, unchanged: manyCount } });
  expect(new Set(report.images.map(({ imageArn }) => imageArn))).toEqual(new Set(images));
}, 120_000);

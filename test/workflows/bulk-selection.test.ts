import { beforeAll, describe, expect, it } from 'vitest';
import type { Selection } from '../../src/contracts/rollout.ts';
import { formatImageArn, parseImageArn } from '../../src/domain/arn.ts';
import { anySelection } from '../support/builders.ts';
import type { Rig } from '../support/rig.ts';
import { rollOut, startRig } from '../support/rig.ts';
import { rigOrigin } from '../support/rig-images.ts';
import { bulkSpec, namesOf, plantImages, startBulk, writtenOf } from '../support/rig-bulk.ts';

const day = 86_400_000;
let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ settings: { emptyPages: true } });
});

function arn(name: string, version: string, build: string): string {
  return formatImageArn({ partition: 'aws', region: 'us-east-1', account: '111111111111', name, version, build });
}

/** `name version/build` of what a rollout selects, and what it comes to. */
async function selected(rolloutName: string, selection: Partial<Selection>, exclude: readonly string[] = []) {
  const selections = [{ ...anySelection, ...selection }];
  const { images } = await rollOut(rig.client, bulkSpec(rolloutName, [], { selections, exclude }));
  return images.map(({ imageArn, state }) => `${imageArn.split(':image/')[1] ?? ''} ${state}`).toSorted();
}

describe('a selection', () => {
  beforeAll(() => {
    const old = new Date(Date.now() - 3 * day).toISOString();
    const tags = { tested: 'true' };
    rig.simulator.seed({
      images: [
        { arn: arn('web', '1.9.0', '1'), dateCreated: old, tags },
        { arn: arn('web', '1.10.0', '2'), dateCreated: old, tags },
        { arn: arn('web', '1.10.0', '10'), dateCreated: old, tags },
        { arn: arn('web', '2.0.0', '1'), tags },
        { arn: arn('web', '3.0.0', '1'), dateCreated: old },
        { arn: arn('web', '4.0.0', '1'), dateCreated: old, tags, status: 'TESTING' },
        { arn: arn('web-scratch', '1.0.0', '1'), dateCreated: old, tags },
        { arn: arn('db', '1.0.0', '1'), dateCreated: old, tags },
        // More than a page.
        ...namesOf('many', 30).map((name) => ({ arn: arn(name, '1.0.0', '1') })),
      ],
    });
  });

  it('takes the highest build of the highest version that passes every filter', async () => {
    const filters = { name: 'web*', tags: { tested: 'true' }, minAgeMs: day };

    expect(await selected('latest', filters, ['*:image/web-scratch/*'])).toEqual(['web/1.10.0/10 SUCCEEDED']);
  });

  it('takes the highest version of a line', async () => {
    expect(await selected('line', { name: 'web', version: '1.x.x', build: 'all' })).toEqual([
      'web/1.10.0/10 UNCHANGED',
      'web/1.10.0/2 SUCCEEDED',
    ]);
  });

  it('takes every version that is AVAILABLE', async () => {
    expect(await selected('every', { name: 'web', version: 'all' })).toEqual([
      'web/1.10.0/10 UNCHANGED',
      'web/1.9.0/1 SUCCEEDED',
      'web/2.0.0/1 SUCCEEDED',
      'web/3.0.0/1 SUCCEEDED',
    ]);
  });

  it('reads every page of a list', async () => {
    expect(await selected('pages', { name: 'many-3?' })).toEqual(['many-30/1.0.0/1 SUCCEEDED']);
  });

  it('takes an image once that others find too, or that is named, and counts it', async () => {
    const { client } = rig;
    const [named, other] = [arn('many-1', '1.0.0', '1'), arn('many-2', '1.0.0', '1')].map(parseImageArn);
    const selections = ['many-1', 'many-?', 'many-2'].map((name) => ({ ...anySelection, name }));
    const spec = bulkSpec(
      'overlapping',
      [named, other].flatMap((image) => image ?? []),
      { selections },
    );
    const repeats = { count: 4, of: 13, first: named };

    const plan = await client.plan(spec, rigOrigin);
    const report = await rollOut(client, spec);

    expect(plan.warnings).toContain(
      `4 of 13 images are named or found again, the first is ${named ?? ''}; each is taken once.`,
    );
    expect(plan.counts).toEqual({ change: 9, unchanged: 0, blocked: 0 });
    expect(report).toMatchObject({ repeats, counts: { total: 9, succeeded: 9 } });
  });

  it('that finds nothing refuses the rollout, unless that is well', async () => {
    const { client } = rig;
    const selections = [{ ...anySelection, name: 'nobody' }];

    const refused = await rollOut(client, bulkSpec('empty', [], { selections }));
    const allowed = await rollOut(client, bulkSpec('empty', [], { selections }), { isEmptyAllowed: true });

    expect(refused).toMatchObject({ state: 'REFUSED', error: { code: 'selection-empty' }, images: [] });
    expect(allowed).toMatchObject({ state: 'SUCCEEDED', counts: { total: 0 } });
  });
});

describe('a guardrail', () => {
  it('on tags names the image that lacks one, before the first write, unless it is set aside', async () => {
    const { client, simulator } = rig;
    const tagged = plantImages(simulator, namesOf('tagged', 2), { tags: { tested: 'true' } });
    const images = [...tagged, ...plantImages(simulator, ['untagged'])];
    const spec = bulkSpec('tags', images, { guardrails: { requiredTags: { tested: 'true' } } });

    const refused = await rollOut(client, spec);
    const writtenBefore = writtenOf(simulator, images);
    const overridden = await rollOut(client, spec, { overrides: ['requiredTags'], reason: 'known' });

    expect(refused).toMatchObject({ state: 'REFUSED', error: { code: 'images-blocked' } });
    expect(refused.images.map(({ error }) => error?.code)).toEqual([
      'images-blocked',
      'images-blocked',
      'guardrail-violated',
    ]);
    expect(refused.images[2]?.error?.detail).toContain('lacks the tag tested=true');
    expect(writtenBefore).toEqual([]);
    expect(overridden).toMatchObject({ state: 'SUCCEEDED', overrides: ['requiredTags'], reason: 'known' });
  });

  it('on the share of images that change refuses the rollout', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('change', 4));
    await startBulk(client, bulkSpec('change-some', images.slice(0, 2)));
    await client.outcome('change-some');

    const refused = await rollOut(client, bulkSpec('change-all', images, { guardrails: { maxChangedPercentage: 49 } }));
    const allowed = await rollOut(
      client,
      bulkSpec('change-half', images, { guardrails: { maxChangedPercentage: 50 } }),
    );

    expect(refused).toMatchObject({
      state: 'REFUSED',
      error: { code: 'guardrail-violated', detail: expect.stringContaining('2 of 4 images') as unknown },
    });
    expect(allowed).toMatchObject({ state: 'SUCCEEDED', counts: { succeeded: 2, unchanged: 2 } });
  });
});

it('deals images to waves by their tags', async () => {
  const { client, simulator } = rig;
  const dev = plantImages(simulator, namesOf('stage-dev', 2), { tags: { stage: 'dev' } });
  const prod = plantImages(simulator, namesOf('stage-prod', 2), { tags: { stage: 'prod' } });
  const waves = [{ name: 'dev', match: { tags: { stage: 'dev' } } }, { name: 'rest' }];

  const report = await rollOut(client, bulkSpec('staged', [...prod, ...dev], { strategy: { waves } }));

  expect(report.images.map(({ wave }) => wave)).toEqual(['rest', 'rest', 'dev', 'dev']);
  expect(report.waves.map(({ name, counts }) => [name, counts.succeeded])).toEqual([
    ['dev', 2],
    ['rest', 2],
  ]);
});

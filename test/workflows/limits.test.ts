import { afterEach, describe, expect, it } from 'vitest';
import type { ImageArn } from '../../src/domain/arn.ts';
import { asking, bulkSpec, namesOf, plantImages, untilStatus } from '../support/rig-bulk.ts';
import type { Beginning } from '../support/rig-images.ts';
import { principals, rigOrigin, rigSpec, sharedEarlier, unshared } from '../support/rig-images.ts';
import { generousLimits } from '../support/rig-limits.ts';
import { endedReport, rollOut, startRig, statesByName } from '../support/rig.ts';
import { writesOf } from '../support/simulator.ts';

const origin = { ...rigOrigin, reason: 'a test' };
const limits = { rules: generousLimits, sha256: '0'.repeat(64) };
const rig = await startRig({}, { limits });

afterEach(() => {
  limits.rules = generousLimits;
});

function plant(...beginnings: readonly Beginning[]): readonly ImageArn[] {
  for (const { seed } of beginnings) rig.simulator.seed(seed);
  return beginnings.map(({ image }) => image);
}

function accessTo(image: ImageArn): readonly string[] {
  return [...(rig.simulator.image(image)?.access ?? [])].sort();
}

describe('an undo of a rollout for which guardrails were set aside', () => {
  it.each([
    ['undo-guarded-ended', 'RUNNING', undefined],
    ['undo-guarded-soaking', 'SOAKING', 3_600_000],
  ])('goes back all the same: %s', async (name, reached, soakMs) => {
    const { client } = rig;
    const images = plant(unshared(`${name}-unshared`), sharedEarlier(`${name}-shared`));
    const waves = [{ name: 'all', ...(soakMs === undefined ? {} : { soakMs }) }];
    const guardrails = { allowedAccounts: [], maxImages: 1, requiredTags: { tested: 'true' } };
    const spec = bulkSpec(name, images, { guardrails, strategy: { waves } });
    await client.startRollout(spec, { ...origin, overrides: ['allowedAccounts', 'maxImages', 'requiredTags'] });
    if (reached === 'SOAKING') await untilStatus(client, name, ({ state }) => state === reached);
    else await client.outcome(name);
    const accessBefore = images.map(accessTo);

    await client.abort(name, asking('ann'), { isUndoing: true });
    await client.outcome(name);
    const { counts } = await endedReport(client, `${name}-undo`);

    expect(accessBefore).toEqual(images.map(() => [principals.a, principals.b]));
    expect(counts).toMatchObject({ total: 2, succeeded: 2 });
    expect(images.map(accessTo)).toEqual([[], [principals.a, principals.c]]);
  });
});

describe('an undo after the limits of the worker were narrowed', () => {
  it('takes access from whom nobody may give it any more, of however many images', async () => {
    const { client } = rig;
    const images = plant(unshared('undo-narrowed-unshared'), sharedEarlier('undo-narrowed-shared'));
    await rollOut(client, rigSpec('undo-narrowed', images));
    limits.rules = { ...generousLimits, grantableAccounts: [principals.a, principals.c], maxImages: 1 };

    await client.undo('undo-narrowed', origin);
    const { counts } = await endedReport(client, 'undo-narrowed-undo');

    expect(counts).toMatchObject({ total: 2, succeeded: 2 });
    expect(images.map(accessTo)).toEqual([[], [principals.a, principals.c]]);
  });

  it('gives nothing back that nobody may give any more', async () => {
    const { client, simulator } = rig;
    const images = plant(unshared('undo-lost-unshared'), sharedEarlier('undo-lost-shared'));
    await rollOut(client, rigSpec('undo-lost', images));
    const writesBefore = images.map((image) => writesOf(simulator, image).length);
    limits.rules = { ...generousLimits, grantableAccounts: [principals.a, principals.b] };

    await client.undo('undo-lost', origin);
    const report = await endedReport(client, 'undo-lost-undo');

    expect(statesByName(report.images)).toEqual({
      'undo-lost-unshared': 'SUCCEEDED',
      'undo-lost-shared': 'SKIPPED',
    });
    expect(report.images.map(({ error }) => error?.code)).toContain('limits-exceeded');
    expect(images.map(accessTo)).toEqual([[], [principals.a, principals.b]]);
    expect(writesOf(simulator, images[1] ?? '')).toHaveLength(writesBefore[1] ?? 0);
  });
});

it('a revocation takes access from more images than the worker takes in a rollout', async () => {
  const { client } = rig;
  const images = plantImages(rig.simulator, namesOf('revoked-many', 3));
  await rollOut(client, rigSpec('revoked-many', images));
  limits.rules = { ...generousLimits, grantableAccounts: [], maxImages: 2 };

  const { rolloutName } = await client.revoke({ principal: principals.b, images: '*:image/revoked-many-*' }, origin);
  const { state, counts } = await endedReport(client, rolloutName);

  expect(state).toBe('SUCCEEDED');
  expect(counts).toMatchObject({ total: 3, succeeded: 3 });
  expect(images.map(accessTo)).toEqual(images.map(() => [principals.a]));
});

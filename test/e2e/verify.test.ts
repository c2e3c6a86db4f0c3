import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { Act } from '../../src/simulator/acts.ts';
import { callsDuring } from '../support/cli-rig.ts';
import { a, b, c, driftIn, outsider, planRig, sightIn } from '../support/rig-plans.ts';
import { anImageArn, writesOf } from '../support/simulator.ts';

const { rig, seedImages, rolledOut, act } = planRig(`verify-${process.pid}`);

const byHand: readonly (readonly [string, (image: string) => Act, readonly string[]])[] = [
  ['widened', (image) => ({ kind: 'associate', image, principals: [c] }), ['widened-outside']],
  ['narrowed', (image) => ({ kind: 'disassociate', image, principals: [b] }), ['access-removed-outside']],
  ['deleted', (image) => ({ kind: 'delete-shares', image }), ['access-removed-outside', 'share-gone']],
];

it.each(byHand)('finds what was %s by hand, and writes nothing', async (name, change, kinds) => {
  const { manifest, images } = await rolledOut(name, 2);
  const [drifted = '', kept = ''] = images;
  act(change(drifted));

  let run = { exitCode: -1, stdout: '' };
  const calls = await callsDuring(rig.simulator(), async () => {
    run = await rig.cli('drift', manifest, '--json', '--detailed-exitcode');
  });
  const drift = driftIn(run);

  expect(run.exitCode).toBe(2);
  expect(drift.counts).toEqual({ inSync: 1, drifted: 1, new: 0, gone: 0, unknown: 0 });
  expect(drift.images.map(({ imageArn, drift: own, kinds: found }) => [imageArn, own, found])).toEqual([
    [drifted, 'DRIFTED', kinds],
    [kept, 'IN_SYNC', []],
  ]);
  expect(calls.filter(({ isWrite }) => isWrite)).toEqual([]);
});

it('says what is new and what is gone', async () => {
  const { images } = await rolledOut('lives', 1);
  const [added = ''] = seedImages('lives-new', 1);
  const absent = anImageArn({ name: 'lives-gone' });
  const manifest = await rig.manifest('lives', { principals: [a, b], images: [...images, added, absent] });

  const run = await rig.cli('drift', manifest, '--json');

  expect(run.exitCode).toBe(0);
  expect(driftIn(run).counts).toEqual({ inSync: 1, drifted: 0, new: 1, gone: 1, unknown: 0 });
});

it('measures visibility anew: seen, and not seen', async () => {
  const { manifest, images } = await rolledOut('seen', 1);

  const seen = await rig.cli('verify', manifest, '--json');
  act({ kind: 'disassociate', image: images[0] ?? '', principals: [b] });
  const unseen = await rig.cli('verify', manifest, '--json');

  expect(seen.exitCode).toBe(0);
  expect(sightIn(seen).counts).toEqual({ visible: 1, notVisible: 0, inconclusive: 0 });
  expect(unseen.exitCode).toBe(2);
  expect(sightIn(unseen).images[0]?.visibility).toEqual([
    { principal: a, verdict: 'VISIBLE' },
    { principal: b, verdict: 'NOT_VISIBLE' },
  ]);
});

it('ends a proof with 2 where somebody has access who is not wanted', async () => {
  const { manifest, images } = await rolledOut('exceeding', 1);
  act({ kind: 'associate', image: images[0] ?? '', principals: [c] });

  const run = await rig.cli('verify', manifest, '--json');

  expect(run.exitCode).toBe(2);
  expect(sightIn(run)).toMatchObject({
    counts: { visible: 1, notVisible: 0, inconclusive: 0 },
    images: [{ verdict: 'VISIBLE', excess: [c] }],
  });
});

it('ends a proof with 6 as long as an account has not accepted its invitation', async () => {
  const images = seedImages('invited', 1);
  const manifest = await rig.manifest('invited', { principals: [a, outsider], images });
  await rig.cli('apply', manifest, '--yes');

  const open = await rig.cli('verify', manifest, '--json');
  act({ kind: 'accept-invitations', account: outsider, region: 'us-east-1' });
  const seen = await rig.cli('verify', manifest, '--json');

  expect(open.exitCode).toBe(6);
  expect(sightIn(open)).toMatchObject({
    counts: { visible: 0, notVisible: 0, inconclusive: 1 },
    images: [
      {
        verdict: 'INCONCLUSIVE',
        visibility: [
          { principal: a, verdict: 'VISIBLE' },
          { principal: outsider, verdict: 'AWAITING_ACCEPTANCE' },
        ],
      },
    ],
  });
  expect(seen.exitCode).toBe(0);
});

it('asks the consumers themselves where the manifest has roles for that: seen, hidden, and not to be measured', async () => {
  const { manifest, images } = await rolledOut('asked-there', 1);
  const [image = ''] = images;
  const denied = `arn:aws:iam::${b}:role/denied`;
  rig.simulator().changeSettings({ roles: [{ arn: denied, isDenied: true }] });
  const verifyWith = async (roles: Readonly<Record<string, string>>) => {
    const consumerRoles = Object.entries(roles).map(([account, roleArn]) => [account, { roleArn }]);
    const given = (await readFile(manifest, 'utf8')).replace(
      'verification: {',
      `verification: { consumerRoles: ${JSON.stringify(Object.fromEntries(consumerRoles))},`,
    );
    const path = rig.path('asked-there-roles.yaml');
    await writeFile(path, given);
    return rig.cli('verify', path, '--json');
  };
  const readers = { [a]: `arn:aws:iam::${a}:role/reader`, [b]: `arn:aws:iam::${b}:role/reader` };
  const verdictsOf = (run: { readonly stdout: string }) =>
    sightIn(run).images[0]?.visibility.map(({ verdict }) => verdict);

  let seen = { exitCode: -1, stdout: '' };
  const calls = await callsDuring(rig.simulator(), async () => {
    seen = await verifyWith(readers);
  });
  const open = await verifyWith({ ...readers, [b]: denied });
  const answer = { kind: 'error', status: 404, name: 'ResourceNotFoundException' } as const;
  rig.simulator().addFaults([{ operation: 'ListImageBuildVersions', account: a, times: 'always', answer }]);
  const hidden = await verifyWith(readers);
  rig.simulator().clearFaults();
  rig.simulator().changeSettings({ roles: [] });

  expect([seen.exitCode, verdictsOf(seen)]).toEqual([0, ['VISIBLE', 'VISIBLE']]);
  expect([open.exitCode, verdictsOf(open)]).toEqual([6, ['VISIBLE', 'INCONCLUSIVE']]);
  expect([hidden.exitCode, verdictsOf(hidden)]).toEqual([2, ['NOT_VISIBLE', 'VISIBLE']]);
  expect(calls.filter(({ operation }) => operation === 'ListResources').map(({ account }) => account)).toEqual(
    expect.arrayContaining([a, b]),
  );
  expect(writesOf(rig.simulator(), image).filter(({ seq }) => seq >= (calls[0]?.seq ?? 0))).toEqual([]);
});

it('finds no drift of many images in sync with at most 1.2 calls for each', async () => {
  const images = Array.from({ length: 200 }, (_, index) => anImageArn({ name: 'still', build: index + 1 }));
  const tags = { 'policy-rollout:rollout': 'still' };
  rig.simulator().seed({
    images: images.map((arn) => ({ arn })),
    shares: images.map((arn) => ({ images: [arn], principals: [a, b], tags })),
  });
  const manifest = await rig.manifest('still', { principals: [a, b], images });
  await rig.cli('apply', manifest, '--yes');

  let drift = { stdout: '' };
  const calls = await callsDuring(rig.simulator(), async () => {
    drift = await rig.cli('drift', manifest, '--json');
  });

  expect(driftIn(drift).counts).toEqual({ inSync: 200, drifted: 0, new: 0, gone: 0, unknown: 0 });
  expect(calls.length).toBeLessThanOrEqual(1.2 * images.length);
  expect(calls.filter(({ isWrite }) => isWrite)).toEqual([]);
});

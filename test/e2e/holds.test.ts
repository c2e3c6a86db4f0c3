import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { killAndWait, runBuiltCli, spawnBuiltWorker } from '../support/built-cli.ts';
import { cliRig } from '../support/cli-rig.ts';
import { rigImage } from '../support/rig-images.ts';
import { untilJournal } from '../support/rig.ts';
import { aPolicy, writesOf } from '../support/simulator.ts';

// A revocation without a pattern reads all that was ever rolled out in a namespace.
const rig = cliRig(`holds-${process.pid}`, { namespace: `holds-${process.pid}` });
let simulator: Simulator;

beforeAll(() => {
  simulator = rig.simulator();
});

/** Runs the built command line, whose answer is JSON. */
async function cli(...argv: readonly string[]): Promise<{ exitCode: number; json: unknown }> {
  const { exitCode, stdout, stderr } = await rig.cli(...argv, '--json');
  if (stdout === '') throw new Error(stderr);
  return { exitCode, json: JSON.parse(stdout) };
}

const because = ['--reason', 'a test', '--yes'];

/** Writes a manifest over these images, which are made where they do not exist. */
async function aManifest(
  name: string,
  images: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const policy = { principals: members };
  const role = { roleArn: 'arn:aws:iam::555555555555:role/owner' };
  const manifest = { apiVersion: 'policy-rollout/v1', name, policy, images: { include: images }, ...more };
  const path = rig.path(`${name}.json`);
  await writeFile(path, JSON.stringify({ ...manifest, accounts: { '555555555555': role } }));
  return path;
}

function plant(...images: readonly string[]): readonly string[] {
  simulator.seed({ images: images.map((arn) => ({ arn })) });
  return images;
}

const members = ['222222222222', '333333333333'];

/** Who has access to each of the images. */
function accessOf(...images: readonly string[]): readonly (readonly string[])[] {
  const states = new Map(simulator.images().map(({ imageArn, access }) => [imageArn, access.toSorted()]));
  return images.map((image) => states.get(image) ?? []);
}

const writesTo = (image: string): number => writesOf(simulator, image).length;

it('stops a rollout before the images that are held while it runs', async () => {
  const images = plant(...['stop-first', 'stop-later-1', 'stop-later-2'].map((name) => rigImage(name)));
  const path = await aManifest('stop', images, { strategy: { maxConcurrentCount: 1, failureToleranceCount: 3 } });
  const [first = '', ...later] = images;
  // Until the holds are there, however long that takes.
  simulator.changeSettings({ promotionLagMs: 600_000 });

  const applying = cli('apply', path, '--yes');
  await untilJournal(simulator, 'the first put', () => writesTo(first) > 0);
  const hold = ['freeze', '--images', '*:image/stop-later-*'];
  const added = await cli('holds', 'add', ...hold, ...because);
  const again = await cli('holds', 'add', ...hold, ...because);
  const other = await cli('holds', 'add', 'freeze', '--images', '*', ...because);
  simulator.changeSettings({ promotionLagMs: 0 });
  simulator.settle();
  const applied = await applying;

  expect(added).toMatchObject({ exitCode: 0, json: { hasChanged: true, hold: { name: 'freeze' } } });
  expect(again).toMatchObject({ exitCode: 0, json: { hasChanged: false } });
  expect(other).toMatchObject({ exitCode: 64, json: { error: { code: 'hold-exists' } } });
  expect(applied).toMatchObject({ exitCode: 3, json: { counts: { succeeded: 1, failed: 2 } } });
  expect(later.map(writesTo)).toEqual([0, 0]);
});

it('refuses a rollout over held images until somebody sets the hold aside, or removes it', async () => {
  const [image = ''] = plant(rigImage('frozen'));
  const path = await aManifest('frozen', [image]);
  const hold = ['frozen', '--images', image, '--until', '1h'];

  await cli('holds', 'add', ...hold, ...because);
  const planned = await cli('plan', path);
  const refused = await cli('apply', path, '--yes');
  const writesWhileHeld = writesTo(image);
  const overridden = await cli('apply', path, ...because, '--override', 'hold');
  const removed = await cli('holds', 'remove', 'frozen', ...because);
  const again = await cli('holds', 'remove', 'frozen', ...because);

  expect(planned.json).toMatchObject({ images: [{ action: 'BLOCKED', reason: { code: 'image-held' } }] });
  expect(JSON.stringify(planned.json)).toContain('a test');
  expect(refused).toMatchObject({
    exitCode: 7,
    json: { state: 'REFUSED', images: [{ error: { code: 'image-held' } }] },
  });
  expect(writesWhileHeld).toBe(0);
  expect(overridden).toMatchObject({ exitCode: 0, json: { state: 'SUCCEEDED', overrides: ['hold'] } });
  expect([removed.exitCode, again.exitCode]).toEqual([0, 66]);
});

it('revokes a principal everywhere, also under a rollout that runs, and holds it off until that hold is removed', async () => {
  const [here, there] = [rigImage('revoked-here'), rigImage('revoked-there', '555555555555', 'eu-west-1')];
  const [busy, foreign, plain] = [rigImage('revoked-busy'), rigImage('revoked-foreign'), rigImage('revoked-plain')];
  plant(here, there, busy, foreign);
  simulator.seed({
    images: [{ arn: plain, policy: aPolicy(plain, members) }],
    shares: [{ images: [foreign], principals: ['222222222222'] }],
  });
  const path = await aManifest('revoked', [here, there]);
  await cli('apply', path, '--yes');
  const unready = await cli('apply', await aManifest('unready', [foreign, plain, rigImage('revoked-gone')]), '--yes');
  // It runs until the plan has been made, and until the revocation has begun.
  simulator.changeSettings({ promotionLagMs: 600_000 });
  await cli('apply', await aManifest('busy', [busy]), '--yes', '--detach');
  await untilJournal(simulator, 'the put', () => writesTo(busy) > 0);
  const only = ['222222222222', '--images', '*:image/revoked-*'];

  const planned = await cli('revoke', ...only, '--reason', 'look', '--dry-run');
  const heldByPlan = await cli('holds', 'list');
  const revoking = cli('revoke', ...only, ...because);
  await untilJournal(
    simulator,
    'the revocation',
    () => simulator.image(here)?.access.includes('222222222222') === false,
  );
  simulator.changeSettings({ promotionLagMs: 0 });
  simulator.settle();
  const revoked = await revoking;
  const accessAfter = accessOf(here, there, busy, plain);
  const refused = await cli('apply', path, '--yes');
  const { rolloutName = '' } = revoked.json as { rolloutName?: string };
  const undone = await cli('undo', rolloutName, ...because);
  const everywhere = await cli('revoke', '222222222222', ...because);
  for (const name of [rolloutName, 'revoke-222222222222']) await cli('holds', 'remove', name, ...because);
  const applied = await cli('apply', path, '--yes');

  expect(unready.exitCode).toBe(7);
  expect(planned.json).toMatchObject({ counts: { change: 4, blocked: 2 } });
  expect(JSON.stringify(heldByPlan.json)).not.toContain('revoke-');
  expect(revoked).toMatchObject({
    exitCode: 3,
    json: { counts: { failed: 1, compensationFailed: 0, skipped: 0, total: 6 } },
  });
  expect(JSON.stringify(revoked.json)).toContain('aws ram disassociate-resource-share');
  expect(accessAfter.flat()).not.toContain('222222222222');
  expect(accessOf(here, there, plain)).toEqual([members, members, ['333333333333']]);
  expect([writesTo(foreign), writesTo(plain)]).toEqual([0, 1]);
  expect(refused).toMatchObject({ exitCode: 7 });
  expect(rolloutName).toMatch(/^revoke-222222222222-[0-9a-f]{8}$/);
  expect(JSON.stringify(refused.json)).toContain(rolloutName);
  expect(everywhere.json).toMatchObject({ rolloutName: 'revoke-222222222222', state: expect.any(String) as unknown });
  expect(undone.json).toMatchObject({ counts: { succeeded: 0 } });
  expect(applied).toMatchObject({ exitCode: 0, json: { counts: { succeeded: 2 } } });
});

it('says that no worker answers where the last one has just died, and holds nothing', async () => {
  const dead = { ...rig.variables(), POLICY_ROLLOUT_TASK_QUEUE: 'holds-dead' };
  await killAndWait(await spawnBuiltWorker(dead));

  const added = await runBuiltCli(['revoke', '222222222222', ...because, '--json'], dead);
  const held = await runBuiltCli(['holds', 'list', '--json'], dead);

  expect(added.exitCode).toBe(69);
  expect(JSON.parse(added.stdout)).toMatchObject({ error: { code: 'no-worker' } });
  expect(JSON.parse(held.stdout)).toMatchObject({ holds: [] });
});

it.each([
  [['holds', 'add', 'x', ...because], 64],
  [['holds', 'add', 'No Name', '--images', '*', ...because], 64],
  [['holds', 'add', 'x', '--principal', '2222', ...because], 64],
  [['holds', 'add', 'x', '--images', '*', '--until', 'yesterday', ...because], 64],
  [['holds', 'add', 'x', '--images', '*', '--yes'], 64],
  [['holds', 'nothing'], 64],
  [['revoke', 'o-abcdefgh', ...because], 64],
  [['revoke', '222222222222', '--yes'], 64],
  [['revoke', '222222222222', '--reason', 'a test'], 64],
])('%j ends with %i', async (argv, exitCode) => {
  expect(await cli(...argv)).toMatchObject({ exitCode, json: { error: {} } });
});

it('says a hold without the control characters of its reason', async () => {
  const reason = 'a\u001b[2J\u009bb';

  const added = await rig.cli('holds', 'add', 'hostile', '--images', 'nothing', '--reason', reason, '--yes');
  const removed = await rig.cli('holds', 'remove', 'hostile', ...because);

  expect(added).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Added: [ -~]*\n$/) as string });
  expect(removed.exitCode).toBe(0);
});

import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { killAndWait, runBuiltCli, spawnBuiltWorker, startBuiltWorker } from '../support/built-cli.ts';
import { expectOneClearMessage } from '../support/clear-message.ts';
import { a, b, c, planIn, planRig, reportIn } from '../support/rig-plans.ts';
import { anImageArn, writesOf } from '../support/simulator.ts';

const { rig, seedImages, rolledOut, act, limitedTo } = planRig(`plan-file-${process.pid}`);

it('applies a saved plan, and leaves alone just the image that has changed since', async () => {
  const [changed = '', kept = ''] = seedImages('stale', 2);
  const manifest = await rig.manifest('stale', { principals: [a, b], images: [changed, kept] });
  const file = rig.path('stale.json');
  await rig.cli('plan', manifest, '--out', file);
  act({ kind: 'create-share', image: changed, principals: [c] });

  const run = await rig.cli('apply', file, '--yes', '--json');
  const { state, images } = reportIn(run);

  expect(run.exitCode).toBe(3);
  expect(state).toBe('COMPLETED_WITH_FAILURES');
  expect(images.map(({ imageArn, state: own, error }) => [imageArn, own, error?.code])).toEqual([
    [changed, 'SKIPPED', 'plan-stale'],
    [kept, 'SUCCEEDED', undefined],
  ]);
  expect(writesOf(rig.simulator(), changed)).toEqual([]);
});

it('refuses a saved plan over an image that has got a hold since', async () => {
  const [image = ''] = seedImages('held-since', 1);
  const file = rig.path('held-since.json');
  await rig.cli('plan', await rig.manifest('held-since', { principals: [a], images: [image] }), '--out', file);
  const because = ['--reason', 'a test', '--yes'];
  await rig.cli('holds', 'add', 'held-since', '--images', image, '--until', '1h', ...because);

  const refused = await rig.cli('apply', file, '--yes', '--json');
  const writesWhileHeld = writesOf(rig.simulator(), image);
  await rig.cli('holds', 'remove', 'held-since', ...because);
  const applied = await rig.cli('apply', file, '--yes', '--json');

  expect(refused.exitCode).toBe(7);
  expect(reportIn(refused)).toMatchObject({ state: 'REFUSED', images: [{ error: { code: 'image-held' } }] });
  expect(writesWhileHeld).toEqual([]);
  expect(applied.exitCode).toBe(0);
});

it("refuses a saved plan that the worker's limits have come to forbid", async () => {
  const [image = ''] = seedImages('limited-since', 1);
  const file = rig.path('limited-since.json');
  const manifest = await rig.manifest('limited-since', { principals: [a, b], images: [image] });
  const [wide, narrow] = [await limitedTo('since', [a, b]), await limitedTo('since', [a])];
  const before = await spawnBuiltWorker(wide);
  const planned = planIn(await runBuiltCli(['plan', manifest, '--json', '--out', file], wide));
  await killAndWait(before);
  await startBuiltWorker(narrow);

  const refused = await runBuiltCli(['apply', file, '--yes', '--json'], narrow);

  expect(planned.counts).toEqual({ change: 1, unchanged: 0, blocked: 0 });
  expect(refused.exitCode).toBe(7);
  expect(reportIn(refused)).toMatchObject({ state: 'REFUSED', images: [{ error: { code: 'limits-exceeded' } }] });
  expect(reportIn(refused).limitsSha256).not.toBe(planned.limitsSha256);
  expect(writesOf(rig.simulator(), image)).toEqual([]);
});

it('attaches to the rollout that carries out the same plan, and to no other', async () => {
  const images = seedImages('attached', 2);
  const more = 'strategy: { waves: [{ name: first, count: 1, approval: { timeout: 1h } }, { name: rest }] }';
  const manifest = await rig.manifest('attached', { principals: [a, b], images, more });
  const [file, other] = [rig.path('attached.json'), rig.path('attached-other.json')];
  await rig.cli('plan', manifest, '--out', file);
  await rig.cli('plan', manifest, '--out', other);
  await rig.cli('apply', file, '--yes', '--detach');

  const [same, another] = [await rig.cli('apply', file, '--yes', '--detach'), await rig.cli('apply', other, '--yes')];
  // Whoever sits at a terminal is not asked again what was agreed to.
  const asked = await rig.cliAt({ ask: () => Promise.resolve('no') }, 'apply', manifest, '--detach');
  await rig.cli('abort', 'attached', '--yes', '--reason', 'a test');

  expect([asked.exitCode, asked.stderr]).toEqual([0, expect.stringContaining('Runs already')]);
  expect([same.exitCode, same.stderr]).toEqual([0, expect.stringContaining('Runs already')]);
  expect([another.exitCode, another.stderr]).toEqual([7, expect.stringContaining('with another plan')]);
});

it('refuses a plan of which nothing is left, unless it may plan anew', async () => {
  const { images } = await rolledOut('anew', 1);
  const manifest = await rig.manifest('anew', { principals: [a], images });
  const file = rig.path('anew.json');
  await rig.cli('plan', manifest, '--out', file);
  act({ kind: 'disassociate', image: images[0] ?? '', principals: [a] });

  const refused = await rig.cli('apply', file, '--yes', '--json');
  const replanned = await rig.cli('apply', file, '--yes', '--json', '--replan');

  expect(refused.exitCode).toBe(7);
  expect(reportIn(refused)).toMatchObject({ state: 'REFUSED', error: { code: 'plan-stale' } });
  expect(replanned.exitCode).toBe(0);
});

const otherHash = 'f'.repeat(64);

/** What becomes of the file of a plan, and how it is refused. */
it.each<[string, (text: string) => string, readonly string[], number, string, string]>([
  ['edited by hand', (text) => text.replaceAll(a, c), [], 65, 'plan-invalid', 'was changed'],
  ['cut off', (text) => text.slice(0, -20), [], 65, 'plan-invalid', 'is not JSON'],
  ['of a later version', (text) => text.replace('ion":1', 'ion":2'), [], 65, 'plan-invalid', 'format version 2'],
  ['renamed to another rollout', (text) => text.replaceAll('"refused"', '"x"'), [], 65, 'plan-invalid', 'was changed'],
  ['not the approved one', (text) => text, ['--plan-sha256', otherHash], 65, 'plan-invalid', otherHash],
  ['too old', (text) => text, ['--max-age', '1ms'], 7, 'plan-expired', 'longer ago than 1ms'],
  ['no plan at all', () => '{"formatVersion": 1, "images": []}', [], 65, 'manifest-invalid', 'formatVersion'],
  ['gone', () => '', [], 66, 'file-not-found', 'gone.json'],
])(
  'refuses a plan that is %s, with one message and without a write',
  async (what, change, more, exitCode, code, says) => {
    const image = anImageArn({ name: 'refused' });
    if (rig.simulator().image(image) === undefined) seedImages('refused', 1);
    const manifest = await rig.manifest('refused', { principals: [a], images: [image] });
    const made = rig.path('refused.json');
    const given = what === 'gone' ? rig.path('gone.json') : made;
    await rig.cliAt({}, 'plan', manifest, '--out', made);
    await writeFile(made, change(await readFile(made, 'utf8')));

    const run = await rig.cliAt({ now: () => Date.now() }, 'apply', given, '--yes', ...more);

    expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode, stdout: '' });
    expectOneClearMessage(run, code, [says]);
    expect(writesOf(rig.simulator(), image)).toEqual([]);
  },
);

it('refuses a plan as long as another rollout of its name is running', async () => {
  const images = seedImages('occupied', 2);
  const more = 'strategy: { waves: [{ name: first, count: 1, approval: { timeout: 1h } }, { name: rest }] }';
  const file = rig.path('occupied.json');
  await rig.cliAt({}, 'plan', await rig.manifest('occupied', { principals: [b], images }), '--out', file);
  await rig.cliAt({}, 'apply', await rig.manifest('occupied', { principals: [a], images, more }), '--yes', '--detach');

  const run = await rig.cliAt({ now: () => Date.now() }, 'apply', file, '--yes');
  await rig.cliAt({}, 'abort', 'occupied', '--yes', '--reason', 'a test');

  expect(run.exitCode).toBe(7);
  expectOneClearMessage(run, 'rollout-running', ['occupied']);
});

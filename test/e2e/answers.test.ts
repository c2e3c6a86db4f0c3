import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { RolloutReport, StatusReport } from '../../src/contracts/report.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { cliRig } from '../support/cli-rig.ts';
import { wordsOf } from '../support/operations-pages.ts';
import { anImageArn } from '../support/simulator.ts';

const rig = cliRig(`answers-${process.pid}`);
const principal = '222222222222';
const because = ['--reason', 'a test', '--yes'];
let simulator: Simulator;

beforeAll(() => {
  simulator = rig.simulator();
});

function gated(gate: string): string {
  return `strategy: { waves: [{ name: canary, count: 1, ${gate} }, { name: rest }] }`;
}

/** Applies a manifest over two new images, and leaves it when it waits for somebody. */
async function waiting(name: string, gate: string): Promise<void> {
  const path = await aManifest(name, gated(gate));
  const { exitCode, stderr } = await rig.cli('apply', path, '--yes', '--detach');
  if (exitCode !== 0) throw new Error(stderr);
  await vi.waitFor(async () => expect((await statusOf(name)).awaits).not.toBeNull(), {
    timeout: 60_000,
    interval: 200,
  });
}

function aManifest(name: string, more = ''): Promise<string> {
  const images = [1, 2].map((index) => imageOf(name, index));
  simulator.seed({ images: images.map((arn) => ({ arn })) });
  return rig.manifest(name, { principals: [principal], images, more });
}

function imageOf(name: string, index: number): string {
  return anImageArn({ name: `${name}-${index}` });
}

async function statusOf(name: string): Promise<StatusReport> {
  return (await json('status', name)).json as StatusReport;
}

/** Runs the built command line for JSON. */
async function json(...argv: readonly string[]): Promise<{ readonly exitCode: number; readonly json: unknown }> {
  const { exitCode, stdout, stderr } = await rig.cli(...argv, '--json');
  if (stdout === '') throw new Error(stderr);
  return { exitCode, json: JSON.parse(stdout) };
}

/** What a refusal has to look like. */
function refusal(exitCode: number, code: string) {
  return { exitCode, json: { formatVersion: 1, error: { code } } };
}

/** Pastes a command that a text prints at its end into a terminal, and says yes. */
function paste(text: string) {
  const command = /policy-rollout .*/.exec(text)?.[0] ?? 'none is printed';
  const [, ...words] = wordsOf(command);
  return rig.cliAt({ ask: () => Promise.resolve('y') }, ...words);
}

describe('the command that is printed', () => {
  it.each([
    ['a soak', 'soak: 1h', 'advance'],
    ['an approval', 'approval: { timeout: 1h }', 'approve'],
  ])('where a rollout waits for %s answers it as it was printed', async (_, gate, verb) => {
    const name = `printed-${verb}`;
    await waiting(name, gate);
    const { stdout } = await rig.cli('status', name);

    const [line = ''] = /waits for: .*/.exec(stdout) ?? [];
    const answered = await paste(line);

    expect(line).toContain(`: policy-rollout ${verb} ${name}`);
    expect(answered).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await rig.cli('watch', name)).exitCode).toBe(0);
  });

  it('by pause, and where a rollout is paused, goes on as it was printed', async () => {
    await waiting('printed-pause', 'soak: 1h');

    const paused = await rig.cli('pause', 'printed-pause', ...because);
    const resumed = await paste(paused.stdout);
    await rig.cli('advance', 'printed-pause', ...because);
    const { exitCode } = await rig.cli('watch', 'printed-pause');

    expect([paused.exitCode, resumed.exitCode, exitCode]).toEqual([0, 0, 0]);
    expect(resumed.stdout).toContain('printed-pause goes on');
  });

  it('by report --with-baselines undoes as it was printed', async () => {
    await rig.cli('apply', await aManifest('printed-undo'), '--yes');

    const kept = await rig.cli('report', 'printed-undo', '--with-baselines', '--out', rig.path('printed-undo.json'));
    const undone = await paste(kept.stdout);

    expect(undone.exitCode).toBe(0);
    expect([1, 2].map((index) => simulator.image(imageOf('printed-undo', index))?.access)).toEqual([[], []]);
  });

  it('by revoke removes its hold as it was printed', async () => {
    await rig.cli('apply', await aManifest('printed-hold'), '--yes');

    const revoked = await rig.cli('revoke', principal, '--images', '*:image/printed-hold-*', ...because);
    const removed = await paste(/^Held: .*/.exec(revoked.stderr)?.[0] ?? '');

    expect([revoked.exitCode, removed.exitCode]).toEqual([0, 0]);
    expect((await json('holds', 'list')).json).toMatchObject({ holds: [] });
  });
});

describe('a rollout that runs', () => {
  it('is neither run again nor undone before it has ended', async () => {
    await waiting('unended', 'approval: { timeout: 1h }');

    const answers = await Promise.all(['redrive', 'undo'].map((verb) => json(verb, 'unended', ...because)));
    const status = await statusOf('unended');
    await rig.cli('abort', 'unended', ...because);

    expect(answers).toMatchObject([refusal(7, 'rollout-running'), refusal(7, 'rollout-running')]);
    expect(status).toMatchObject({ state: 'WAITING_FOR_APPROVAL', messages: [] });
  });

  it('takes no answer to a question that it does not ask', async () => {
    await waiting('unasked', 'soak: 1h');

    const inSoak = [await json('reject', 'unasked', ...because), await json('approve', 'unasked', ...because)];
    simulator.changeSettings({ promotionLagMs: 2_000 });
    await rig.cli('pause', 'unasked', ...because);
    await rig.cli('advance', 'unasked', ...because);
    const inPause = [
      await json('advance', 'unasked', ...because),
      await json('reject', 'unasked', ...because),
      await json('approve', 'unasked', ...because),
    ];
    simulator.changeSettings({ promotionLagMs: 0 });
    await rig.cli('resume', 'unasked', ...because);
    const { exitCode } = await rig.cli('watch', 'unasked');

    const unasked = refusal(64, 'nothing-awaited');
    expect(inSoak).toMatchObject([unasked, unasked]);
    expect(inPause).toMatchObject([unasked, unasked, unasked]);
    expect(exitCode).toBe(0);
  });

  it('goes on when as many people have approved as it asks for; the same one counts once', async () => {
    await waiting('two-people', 'approval: { required: 2, timeout: 1h }');
    const approve = async (who: string): Promise<unknown> => {
      const { exitCode, stdout } = await rig.cliAt({ who }, 'approve', 'two-people', ...because, '--json');
      return { exitCode, ...(JSON.parse(stdout) as object) };
    };

    const answers = [await approve('ann@host'), await approve('ann@host')];
    const between = await statusOf('two-people');
    answers.push(await approve('bob@host'));
    const watched = await rig.cli('watch', 'two-people');
    const report = (await json('report', 'two-people')).json as RolloutReport;

    expect(between).toMatchObject({ state: 'WAITING_FOR_APPROVAL', counts: { succeeded: 1, pending: 1 } });
    expect(answers).toMatchObject([
      { exitCode: 0, hasChanged: true },
      { exitCode: 0, hasChanged: false },
      { exitCode: 0, hasChanged: true },
    ]);
    expect(watched.exitCode).toBe(0);
    expect(report.messages.map(({ who, request }) => `${who} ${request.kind}`)).toEqual([
      'ann@host approve',
      'bob@host approve',
    ]);
  });
});

it('a rollout that has ended takes no message', async () => {
  await rig.cli('apply', await aManifest('ended'), '--yes');
  const lines = [['pause'], ['resume'], ['approve'], ['reject'], ['advance'], ['set', '--max-concurrent-count', '1']];

  const answers = await Promise.all(lines.map(([verb = '', ...more]) => json(verb, 'ended', ...more, ...because)));
  const aborted = await json('abort', 'ended', ...because);

  expect(answers).toMatchObject(lines.map(() => refusal(64, 'rollout-finished')));
  expect(aborted).toMatchObject({ exitCode: 0, json: { wasRunning: false } });
});

it.each([
  ['--max-concurrent-count', '0'],
  ['--max-concurrent-count', '1001'],
  ['--max-concurrent-count', '1.5'],
  ['--max-concurrent-count', 'many'],
  ['--failure-tolerance-count', '-1'],
  ['--failure-tolerance-count', '10001'],
])('set takes no %s of %s', async (option, value) => {
  expect(await json('set', 'nobody', option, value, ...because)).toMatchObject(refusal(64, 'usage-wrong'));
});

describe('undo', () => {
  it.each([
    ['out of the histories', 'taken', false],
    ['out of a file', 'taken-file', true],
  ])('%s puts images back, and leaves one alone that somebody has changed since', async (_, name, isFromFile) => {
    await rig.cli('apply', await aManifest(name), '--yes');
    const kept = rig.path(`${name}.baselines.json`);
    if (isFromFile) await rig.cli('report', name, '--with-baselines', '--out', kept);
    simulator.act({ kind: 'associate', image: imageOf(name, 2), principals: ['444444444444'] });
    simulator.settle();

    const undone = await json('undo', name, ...(isFromFile ? ['--from', kept] : []), ...because);

    const { images, rolloutName } = undone.json as RolloutReport;
    expect({ exitCode: undone.exitCode, rolloutName }).toEqual({ exitCode: 3, rolloutName: `${name}-undo` });
    expect(new Map(images.map(({ imageArn, state, error }) => [imageArn, [state, error?.code]]))).toEqual(
      new Map([
        [imageOf(name, 1), ['SUCCEEDED', undefined]],
        [imageOf(name, 2), ['SKIPPED', expect.stringMatching(/^(changed-by-another|policy-changed-meanwhile)$/)]],
      ]),
    );
    expect([1, 2].map((index) => simulator.image(imageOf(name, index))?.access.toSorted())).toEqual([
      [],
      [principal, '444444444444'],
    ]);
  });
});

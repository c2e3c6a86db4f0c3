import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { mapInLanes } from '../../src/domain/lanes.ts';
import type { StatusReport } from '../../src/contracts/report.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { cliRig } from '../support/cli-rig.ts';
import { lostAnswersOf } from '../support/lost-answers.ts';
import { anImageArn } from '../support/simulator.ts';

const rig = cliRig(`control-${process.pid}`);
let simulator: Simulator;

beforeAll(() => {
  simulator = rig.simulator();
});

/** Runs the built command line; what it prints is JSON where it was asked for it. */
async function cli(...argv: readonly string[]): Promise<{ exitCode: number; json: unknown; text: string }> {
  const { exitCode, stdout, stderr } = await rig.cli(...argv);
  const isOneValue = argv.includes('--json') && argv[0] !== 'watch';
  return { exitCode, json: isOneValue ? JSON.parse(stdout) : null, text: `${stdout}\n${stderr}` };
}

/** What `watch --json` has printed: a line of JSON for each change. */
function eventsIn(stdout: string): readonly StatusReport[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StatusReport);
}

/** Asks something of a rollout, and gives the exit code and the JSON. */
async function ask(verb: string, rolloutName: string, ...more: readonly string[]) {
  const { exitCode, json } = await cli(verb, rolloutName, '--reason', 'a test', '--yes', '--json', ...more);
  return { exitCode, json };
}

/** Writes the manifest of a rollout of so many new images. */
async function aManifest(name: string, count: number, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const include = Array.from({ length: count }, (_, index) => anImageArn({ name: `${name}-${index + 1}` }));
  simulator.seed({ images: include.map((arn) => ({ arn })) });
  const policy = { principals: ['222222222222'] };
  const manifest = { apiVersion: 'policy-rollout/v1', name, policy, images: { include }, ...more };
  const path = rig.path(`${name}.json`);
  await writeFile(path, JSON.stringify(manifest));
  return path;
}

function waves(gate: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { strategy: { waves: [{ name: 'canary', count: 1, ...gate }, { name: 'rest' }] } };
}

async function untilAwaited(name: string, kind: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { json } = await cli('status', name, '--json');
      expect(json).toMatchObject({ awaits: { kind } });
    },
    { timeout: 60_000, interval: 200 },
  );
}

describe('a rollout with an approval', () => {
  it('ends apply with 6 where nobody shall be waited for, goes on when it is approved, and is reported', async () => {
    const path = await aManifest('approved', 3, waves({ approval: { timeout: '1h' } }));

    const applied = await cli('apply', path, '--yes', '--json', '--no-wait');
    const waiting = await cli('status', 'approved', '--json');
    const reported = await cli('report', 'approved', '--json');
    const reportedText = await cli('report', 'approved');
    const unasked = await cli('approve', 'approved', '--yes', '--json');
    const approved = await ask('approve', 'approved');
    const watched = await rig.cli('watch', 'approved', '--json');
    const csv = await cli('report', 'approved', '--csv');
    const markdown = await cli('report', 'approved', '--markdown');

    expect(applied).toMatchObject({
      exitCode: 6,
      json: {
        formatVersion: 1,
        state: 'WAITING_FOR_APPROVAL',
        awaits: { kind: 'approval', text: expect.stringContaining('policy-rollout approve approved') as unknown },
        waves: [
          { name: 'canary', counts: { total: 1, succeeded: 1 } },
          { name: 'rest', counts: { total: 2, pending: 2 } },
        ],
        images: [{ state: 'SUCCEEDED' }, { state: 'PENDING' }, { state: 'PENDING' }],
      },
    });
    expect(waiting.json).toMatchObject({
      effective: { toChange: 3, maxConcurrentCount: 10 },
      waves: [
        { name: 'canary', imageCount: 1 },
        { name: 'rest', imageCount: 2 },
      ],
    });
    expect(applied.text).toContain('3 images to change: canary 1, rest 2; 10 at once, 0 may fail');
    expect(reported.json).toMatchObject({
      state: 'WAITING_FOR_APPROVAL',
      awaits: { kind: 'approval', text: expect.stringContaining('policy-rollout approve approved') as unknown },
      counts: { succeeded: 1, pending: 2 },
    });
    expect(reportedText.text).toContain('approved: WAITING_FOR_APPROVAL, 3 images');
    expect(reportedText.text).toContain('policy-rollout approve approved');
    expect(unasked).toMatchObject({ exitCode: 64, json: { error: { code: 'usage-wrong' } } });
    expect(approved).toEqual({
      exitCode: 0,
      json: { formatVersion: 1, rolloutName: 'approved', request: { kind: 'approve' }, hasChanged: true },
    });
    expect(watched.exitCode).toBe(0);
    const events = eventsIn(watched.stdout);
    expect(events.map(({ formatVersion }) => formatVersion)).toEqual(events.map(() => 1));
    expect(events.map(({ finishedAt }) => finishedAt !== null).indexOf(true)).toBe(events.length - 1);
    expect(events.at(-1)).toMatchObject({ rolloutName: 'approved', state: 'SUCCEEDED', counts: { succeeded: 3 } });
    expect(csv.text.trim().split('\n')).toHaveLength(4);
    expect(markdown.text).toContain('| canary | 1 succeeded |');
  });

  it('ends with 4 where it is rejected', async () => {
    const path = await aManifest('refused', 2, waves({ approval: { timeout: '1h' } }));

    const started = await cli('apply', path, '--yes', '--json', '--detach');
    await untilAwaited('refused', 'approval');
    const rejected = await ask('reject', 'refused');
    const watched = await cli('watch', 'refused');

    expect([started.exitCode, watched.exitCode]).toEqual([0, 4]);
    expect(rejected).toEqual({
      exitCode: 0,
      json: { formatVersion: 1, rolloutName: 'refused', request: { kind: 'reject' }, hasChanged: true },
    });
    expect(watched.text).toContain('rollout-rejected');
  });
});

it('takes every message of a rollout that runs, says what was so already, and refuses what makes no sense', async () => {
  const path = await aManifest('asked', 3, waves({ soak: '1h' }));

  await cli('apply', path, '--yes', '--detach');
  await untilAwaited('asked', 'soak');
  const changed = { exitCode: 0, json: { hasChanged: true } };
  const already = { exitCode: 0, json: { hasChanged: false } };

  expect(await ask('pause', 'asked')).toMatchObject(changed);
  expect(await ask('pause', 'asked')).toMatchObject(already);
  expect(await ask('resume', 'asked')).toMatchObject(changed);
  expect(await ask('resume', 'asked')).toMatchObject(already);
  expect(await ask('set', 'asked', '--max-concurrent-count', '10')).toMatchObject(already);
  expect(await ask('set', 'asked', '--max-concurrent-count', '1')).toMatchObject(changed);
  expect(await ask('set', 'asked', '--max-concurrent-count', '1')).toMatchObject(already);
  expect((await cli('status', 'asked', '--json')).json).toMatchObject({ effective: { maxConcurrentCount: 1 } });
  expect(await ask('approve', 'asked')).toMatchObject({ exitCode: 64, json: { error: { code: 'nothing-awaited' } } });
  expect(await ask('advance', 'asked')).toMatchObject(changed);
  expect((await cli('watch', 'asked')).exitCode).toBe(0);
  expect(await ask('pause', 'asked')).toMatchObject({ exitCode: 64, json: { error: { code: 'rollout-finished' } } });
  expect(await ask('abort', 'asked')).toMatchObject({ exitCode: 0, json: { wasRunning: false } });
  expect(await ask('pause', 'nobody')).toMatchObject({ exitCode: 66, json: { error: { code: 'rollout-not-found' } } });
});

it('goes by a lower rate of calls that is set while it runs, and tells of it', async () => {
  const path = await aManifest('slowed', 5, waves({ soak: '1h' }));
  const caps = ['--rate-limit', 'PutImagePolicy=2', '--rate-limit', 'GetImage=900'];
  const rateLimits = { PutImagePolicy: 2, GetImage: 900 };

  await cli('apply', path, '--yes', '--detach');
  await untilAwaited('slowed', 'soak');
  const set = await ask('set', 'slowed', ...caps);
  const again = await cli('set', 'slowed', ...caps, '--reason', 'a test', '--yes');
  const status = await cli('status', 'slowed');
  await ask('advance', 'slowed');
  const watched = await cli('watch', 'slowed');
  const reported = await cli('report', 'slowed', '--json');

  const puts = simulator.journal().filter(({ operation, images }) => {
    return operation === 'PutImagePolicy' && images.some((image) => image.includes('slowed-'));
  });
  const [, first, ...others] = puts;
  const request = { kind: 'set', strategy: { rateLimits } };
  expect(set).toMatchObject({ exitCode: 0, json: { request, hasChanged: true } });
  expect(again).toMatchObject({ exitCode: 0, text: expect.stringContaining('already') as unknown });
  expect(status.text).toContain('PutImagePolicy at most 2 calls/s, GetImage at most 900 calls/s');
  expect(watched.exitCode).toBe(0);
  expect(reported.json).toMatchObject({ messages: [{ request, reason: 'a test' }, { request: { kind: 'advance' } }] });
  expect(others).toHaveLength(3);
  // A call may arrive a little earlier or later after it began than the one before.
  expect(others.filter(({ at }, index) => at - (first?.at ?? 0) < (index + 1) * 500 - 250)).toEqual([]);
});

it('ends with 4 where it is aborted', async () => {
  const path = await aManifest('aborted', 2, waves({ soak: '1h' }));

  await cli('apply', path, '--yes', '--detach');
  await untilAwaited('aborted', 'soak');
  const aborted = await ask('abort', 'aborted');
  const watched = await cli('watch', 'aborted');

  expect([aborted.exitCode, watched.exitCode]).toEqual([0, 4]);
});

it('refuses what a guardrail forbids, until it is set aside for a reason', async () => {
  const path = await aManifest('guarded', 2, { guardrails: { maxImages: 1 } });

  const refused = await cli('apply', path, '--yes', '--json');
  const overridden = await cli('apply', path, '--yes', '--json', '--override', 'maxImages', '--reason', 'known');

  expect(refused).toMatchObject({ exitCode: 7, json: { error: { code: 'guardrail-violated' } } });
  expect(overridden).toMatchObject({ exitCode: 0, json: { state: 'SUCCEEDED', overrides: ['maxImages'] } });
});

it('ends with 66 where a selection finds nothing, unless that is well', async () => {
  const select = { account: '111111111111', regions: ['us-east-1'], name: 'nobody-*' };
  const path = await aManifest('empty', 0, { images: { include: [{ select }] } });

  const refused = await cli('apply', path, '--yes', '--json');
  const allowed = await cli('apply', path, '--yes', '--json', '--allow-empty');

  expect(refused).toMatchObject({ exitCode: 66, json: { state: 'REFUSED', error: { code: 'selection-empty' } } });
  expect(allowed).toMatchObject({ exitCode: 0, json: { state: 'SUCCEEDED', counts: { total: 0 } } });
});

it('ends apply with 5 where the rollout has paused itself, and says how to go on', async () => {
  const path = await aManifest('broken', 3, { strategy: { maxConcurrentCount: 1, failureToleranceCount: 3 } });
  const image = anImageArn({ name: 'broken-1' });
  const denied = { kind: 'error', status: 403, name: 'AccessDeniedException' } as const;
  simulator.behave(image, { promotion: 'refused' });
  simulator.addFaults([{ operation: 'PutImagePolicy', image, skip: 1, times: 'always', answer: denied }]);

  const applied = await cli('apply', path, '--yes', '--json');
  const paused = await cli('watch', 'broken');
  const resumed = await ask('resume', 'broken');
  const watched = await cli('watch', 'broken');

  expect(applied).toMatchObject({
    exitCode: 5,
    json: {
      state: 'PAUSED',
      awaits: { kind: 'resume' },
      images: expect.arrayContaining([
        expect.objectContaining({
          imageArn: image,
          state: 'COMPENSATION_FAILED',
          runbook: expect.any(String) as unknown,
        }),
      ]) as unknown,
    },
  });
  expect(paused.exitCode).toBe(5);
  expect(paused.text).toContain('policy-rollout resume broken');
  expect(resumed.exitCode).toBe(0);
  expect(watched.exitCode).toBe(5);
});

it('runs again what did not succeed, then begins to undo all of it out of a file, and starts nothing where nothing is left', async () => {
  const path = await aManifest('again', 2, { strategy: { failureToleranceCount: 1 } });
  const kept = rig.path('again.baselines.json');
  const denied = anImageArn({ name: 'again-1' });
  const answer = { kind: 'error', status: 403, name: 'AccessDeniedException' } as const;
  simulator.addFaults([{ operation: 'PutImagePolicy', image: denied, times: 1, answer }]);

  const applied = await cli('apply', path, '--yes', '--json');
  const redriven = await ask('redrive', 'again');
  const redrivenAgain = await ask('redrive', 'again');
  const kepts = await cli('report', 'again', '--with-baselines', '--out', kept, '--json');
  const undone = await ask('undo', 'again', '--from', kept, '--detach');
  const undoing = await cli('status', 'again-undo', '--json');
  await writeFile(kept, '{}');
  const spoiled = await ask('undo', 'again', '--from', kept);

  expect(applied).toMatchObject({ exitCode: 3, json: { counts: { succeeded: 1, failed: 1 } } });
  expect(redriven).toMatchObject({ exitCode: 0, json: { redriveCount: 1, counts: { succeeded: 2 } } });
  expect(redrivenAgain).toEqual({ exitCode: 0, json: { formatVersion: 1, rolloutName: 'again', isStarted: false } });
  expect(kepts).toMatchObject({ exitCode: 0, json: { rolloutName: 'again', imageCount: 2 } });
  expect(undone).toMatchObject({ exitCode: 0, json: { rolloutName: 'again-undo', isAttached: false } });
  expect(undoing).toMatchObject({ exitCode: 0, json: { counts: { total: 2 } } });
  expect(spoiled).toMatchObject({ exitCode: 65, json: { error: { code: 'baselines-invalid' } } });
});

it('undoes images of which AWS has answered no write', async () => {
  const path = await aManifest('unanswered', 2, { verification: { settle: '0s' } });
  const images = [1, 2].map((index) => anImageArn({ name: `unanswered-${index}` }));
  simulator.addFaults(lostAnswersOf(images));

  const applied = await cli('apply', path, '--yes', '--json');
  const accessBetween = images.map((image) => simulator.image(image)?.access);
  const kepts = await cli('report', 'unanswered', '--with-baselines', '--out', rig.path('unanswered'), '--json');
  const undone = await ask('undo', 'unanswered');

  expect(applied).toMatchObject({ exitCode: 0, json: { images: [{ requestIds: [] }, { requestIds: [] }] } });
  expect(accessBetween).toEqual([['222222222222'], ['222222222222']]);
  expect(kepts).toMatchObject({ exitCode: 0, json: { imageCount: 2 } });
  expect(undone).toMatchObject({ exitCode: 0, json: { counts: { total: 2, succeeded: 2 } } });
  expect(images.map((image) => simulator.image(image)?.access)).toEqual([[], []]);
});

it('undoes what was done where it is aborted with --undo', async () => {
  const path = await aManifest('regretted', 2, waves({ soak: '1h' }));

  await cli('apply', path, '--yes', '--detach');
  await untilAwaited('regretted', 'soak');
  const aborted = await ask('abort', 'regretted', '--undo');
  const watched = await cli('watch', 'regretted');
  const undoing = await cli('status', 'regretted-undo', '--json');

  expect(aborted).toMatchObject({ exitCode: 0, json: { wasRunning: true, undoName: 'regretted-undo' } });
  expect(watched.exitCode).toBe(4);
  expect(undoing).toMatchObject({ exitCode: 0, json: { counts: { total: 1 }, reason: 'a test' } });
});

describe('bad input', () => {
  it('that names a rollout which nobody knows ends every verb with 66', async () => {
    const asking = ['pause', 'resume', 'approve', 'reject', 'advance', 'abort', 'redrive', 'undo'];
    const lines = [
      ...asking.map((verb) => [verb, 'nobody', '--reason', 'a test', '--yes', '--json']),
      ['set', 'nobody', '--max-concurrent-count', '1', '--reason', 'a test', '--yes', '--json'],
      ...['status', 'report', 'watch'].map((verb) => [verb, 'nobody', '--json']),
    ];

    // Twelve at once would keep each other from connecting in time.
    const ends = await mapInLanes(lines, 3, (line) => cli(...line));

    const wrong = ends.filter(({ exitCode, text }) => exitCode !== 66 || !text.includes('"rollout-not-found"'));
    expect(wrong).toEqual([]);
  });

  it('that is out of range, or no value at all, ends with 64 or 65', async () => {
    const path = await aManifest('percent', 1, { strategy: { maxConcurrentPercentage: 101 } });
    const lines: readonly (readonly [number, string, readonly string[]])[] = [
      [65, 'manifest-invalid', ['validate', path]],
      [65, 'manifest-invalid', ['plan', path]],
      [65, 'manifest-invalid', ['apply', path, '--yes']],
      [65, 'manifest-invalid', ['drift', path]],
      [65, 'manifest-invalid', ['verify', path]],
      [65, 'image-arn-invalid', ['image', 'web', '--principals', '222222222222', '--yes']],
      [64, 'usage-wrong', ['set', 'asked', '--failure-tolerance-count', '-1', '--reason', 'x', '--yes']],
      [64, 'usage-wrong', ['set', 'asked', '--rate-limit', 'PutEverything=5', '--reason', 'x', '--yes']],
      [64, 'usage-wrong', ['set', 'asked', '--rate-limit', 'PutImagePolicy=0', '--reason', 'x', '--yes']],
      [64, 'usage-wrong', ['completion', 'cmd']],
    ];

    const ends = await Promise.all(lines.map(([, , line]) => cli(...line, '--json')));

    expect(ends.map(({ exitCode, json }) => [exitCode, codeIn(json)])).toEqual(
      lines.map(([exitCode, code]) => [exitCode, code]),
    );
  });
});

it('answers without a rollout: validate, schema, completion, setup, verify and image', async () => {
  const path = await aManifest('alone', 1);
  const [validated, schema, completion] = await Promise.all(
    [['validate', path], ['schema'], ['completion', 'bash']].map((line) => cli(...line, '--json')),
  );
  const image = await cli('image', anImageArn({ name: 'alone-1' }), '--manifest', path, '--yes', '--json');
  const verified = await cli('verify', path, '--json');
  const setUp = await cli('setup', '--json');

  expect(validated).toMatchObject({ exitCode: 0, json: { rolloutName: 'alone', imageCount: 1 } });
  expect(schema).toMatchObject({ exitCode: 0, json: { type: 'object' } });
  expect(completion).toMatchObject({ exitCode: 0, json: { formatVersion: 1, shell: 'bash' } });
  expect(setUp).toMatchObject({
    exitCode: 0,
    json: { formatVersion: 1, isNamespaceMade: false, retentionSetDays: null, registeredAttributes: [] },
  });
  expect(image).toMatchObject({ exitCode: 0, json: { formatVersion: 1, state: 'SUCCEEDED' } });
  expect(verified).toMatchObject({ exitCode: 0, json: { formatVersion: 1, rolloutName: 'alone' } });
});

/** The code of the error that a command printed. */
function codeIn(json: unknown): unknown {
  return (json as { readonly error?: { readonly code?: unknown } } | null)?.error?.code;
}

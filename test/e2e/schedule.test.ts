import { rm, writeFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import type { ListedSchedule, ScheduledRun, ScheduleDocument } from '../../src/contracts/schedule.ts';
import { expectOneClearMessage } from '../support/clear-message.ts';
import { cliRig } from '../support/cli-rig.ts';
import { anImageArn, writesOf } from '../support/simulator.ts';

const rig = cliRig(`schedule-${process.pid}`);
const a = '222222222222';
const b = '333333333333';
const yearly = ['--cron', '0 0 29 2 *'] as const;
const old = new Date(Date.now() - 3 * 86_400_000).toISOString();

/** A manifest that selects every build of a name that is a day old. */
function selecting(name: string, principals: readonly string[] = [a]): Promise<string> {
  const select = {
    account: '111111111111',
    regions: ['us-east-1'],
    name,
    version: 'all',
    build: 'all',
    minAge: '24h',
  };
  return rig.manifest(name, { principals, images: [{ select }] });
}

async function json<Value>(...argv: readonly string[]): Promise<Value> {
  const { exitCode, stdout, stderr } = await rig.cliAt({}, ...argv, '--json');
  if (exitCode !== 0) throw new Error(stdout + stderr);
  return JSON.parse(stdout) as Value;
}

/** Waits until a schedule is in the list, which is late. */
function untilListed(name: string): Promise<void> {
  return vi.waitFor(
    async () => {
      const { schedules } = await json<{ schedules: readonly ListedSchedule[] }>('schedule', 'list');
      if (!schedules.some((schedule) => schedule.name === name)) throw new Error(JSON.stringify(schedules));
    },
    { timeout: 30_000, interval: 100 },
  );
}

/** Has a schedule run, and gives the run when it has ended. */
async function runNow(name: string): Promise<ScheduledRun> {
  const before = await json<ScheduleDocument>('schedule', 'describe', name);
  await json('schedule', 'trigger', name, '--yes');
  return vi.waitFor(
    async () => {
      const { runs } = await json<ScheduleDocument>('schedule', 'describe', name);
      const [run] = runs;
      if (run === undefined || runs.length === before.runs.length || run.outcome === null) throw new Error('It runs');
      return run;
    },
    { timeout: 60_000, interval: 100 },
  );
}

it('shares a new build and a new version, and leaves what is too young or not AVAILABLE', async () => {
  const builds = ['1.0.0/1', '1.0.0/2', '1.1.0/1'].map(
    (text) => `${anImageArn({ name: 'built' }).slice(0, -7)}${text}`,
  );
  const [first = '', build = '', version = ''] = builds;
  const young = anImageArn({ name: 'built', build: 3 });
  const testing = anImageArn({ name: 'built', build: 4 });
  rig.simulator().seed({ images: [{ arn: first, dateCreated: old }] });
  const manifest = await selecting('built');
  await rig.cli('apply', manifest, '--yes');
  await json('schedule', 'create', manifest, '--name', 'built', ...yearly, '--max-changes', '5', '--yes');
  rig.simulator().seed({
    images: [
      { arn: build, dateCreated: old },
      { arn: version, dateCreated: old },
      { arn: young },
      { arn: testing, dateCreated: old, status: 'TESTING' },
    ],
  });

  const firstWrites = writesOf(rig.simulator(), first).length;
  const { outcome } = await runNow('built');

  expect(outcome).toMatchObject({ kind: 'rolled-out', counts: { total: 3, toShare: 2, inSync: 1 } });
  expect([build, version, young, testing].map((image) => writesOf(rig.simulator(), image).length > 0)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(writesOf(rig.simulator(), first)).toHaveLength(firstWrites);
});

it('tells of a schedule that a rollout by hand overtakes, and gives it the manifest where that is asked for', async () => {
  const image = anImageArn({ name: 'renewed' });
  rig.simulator().seed({ images: [{ arn: image }] });
  const manifest = await rig.manifest('renewed', { principals: [a], images: [image] });
  await json('schedule', 'create', manifest, '--name', 'renewed', ...yearly, '--yes');
  await rig.manifest('renewed', { principals: [a, b], images: [image] });

  const told = await vi.waitFor(async () => {
    const { stderr } = await rig.cli('apply', manifest, '--yes');
    if (!stderr.includes('keeps another manifest')) throw new Error(stderr);
    return stderr;
  }, 120_000);
  const updated = await rig.cli('apply', manifest, '--update-schedule', '--yes');
  const { outcome } = await runNow('renewed');

  expect(told).toContain('policy-rollout schedule update renewed');
  expect(updated.stderr).toContain('The schedule renewed has this manifest now');
  expect(outcome).toMatchObject({ kind: 'nothing-to-do', counts: { inSync: 1 } });
});

it('gives a schedule the selections of a manifest, and not what they find, where somebody has seen the plan', async () => {
  const [first = '', next = ''] = [1, 2].map((build) => anImageArn({ name: 'agreed', build }));
  rig.simulator().seed({ images: [{ arn: first, dateCreated: old }] });
  const manifest = await selecting('agreed');
  await json('schedule', 'create', manifest, '--name', 'agreed', ...yearly, '--max-changes', '5', '--yes');
  await untilListed('agreed');
  await selecting('agreed', [a, b]);

  const applied = await rig.cliAt({ ask: () => Promise.resolve('y') }, 'apply', manifest, '--update-schedule');
  rig.simulator().seed({ images: [{ arn: next, dateCreated: old }] });
  const { outcome } = await runNow('agreed');

  expect(applied.stderr).toContain('The schedule agreed has this manifest now');
  expect(outcome).toMatchObject({ kind: 'rolled-out', counts: { total: 2, toShare: 1, inSync: 1 } });
});

it.each([[], ['--detach']])(
  'leaves a schedule its manifest where the rollout is refused, with %j',
  async (...flags) => {
    const name = `unbegun${flags.length}`;
    const image = anImageArn({ name });
    rig.simulator().seed({ images: [{ arn: image }] });
    const content = { principals: [a], images: [image] };
    const manifest = await rig.manifest(name, content);
    await rig.cli('apply', manifest, '--yes');
    await json('schedule', 'create', manifest, '--name', name, ...yearly, '--yes');
    await untilListed(name);
    const before = await json<ScheduleDocument>('schedule', 'describe', name);
    await rig.manifest(name, { ...content, principals: [a, b], more: 'guardrails: { maxChangedPercentage: 0 }' });

    const { stderr } = await rig.cli('apply', manifest, '--update-schedule', '--yes', ...flags);
    const after = await json<ScheduleDocument>('schedule', 'describe', name);
    await rig.manifest(name, { ...content, principals: [a, b] });
    const begun = await rig.cli('apply', manifest, '--update-schedule', '--yes', ...flags);

    expect(stderr).toContain(`The rollout ${name} was not seen to begin, so its schedules keep their manifest`);
    expect(after.manifestSha256).toBe(before.manifestSha256);
    expect(begun.stderr).toContain(`The schedule ${name} has this manifest now`);
  },
);

/** A manifest whose policy and images stand in files beside it. */
async function withFiles(name: string, principal: string, images: readonly string[]): Promise<string> {
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { AWS: principal },
      Action: ['imagebuilder:GetImage', 'imagebuilder:ListImages'],
      Resource: '${imageArn}',
    },
  ];
  await writeFile(rig.path(`${name}.policy.json`), JSON.stringify({ Version: '2012-10-17', Statement }));
  await writeFile(rig.path(`${name}.txt`), images.join('\n'));
  const lines = [
    'apiVersion: policy-rollout/v1',
    `name: ${name}`,
    `policy: { file: ${name}.policy.json }`,
    `images: { include: [{ file: ${name}.txt }] }`,
    'guardrails: { maxImages: 10000 }',
    'verification: { settle: 0s }',
  ];
  await writeFile(rig.path(`${name}.yaml`), `${lines.join('\n')}\n`);
  return rig.path(`${name}.yaml`);
}

function accessTo(image: string): readonly string[] {
  const known = rig
    .simulator()
    .images()
    .find(({ imageArn }) => imageArn === image);
  return known?.access ?? [];
}

it('keeps the files of a manifest as they were when it was given to the schedule', async () => {
  const [first = '', next = ''] = [1, 2].map((build) => anImageArn({ name: 'filed', build }));
  rig.simulator().seed({ images: [{ arn: first }, { arn: next }] });
  const manifest = await withFiles('filed', a, [first]);
  await json('schedule', 'create', manifest, '--name', 'filed', ...yearly, '--max-changes', '5', '--yes');
  await withFiles('filed', b, [next]);
  for (const file of ['filed.policy.json', 'filed.txt']) await rm(rig.path(file));

  const kept = await runNow('filed');
  const accessKept = [accessTo(first), accessTo(next)];
  await withFiles('filed', b, [next]);
  await json('schedule', 'update', 'filed', manifest, '--yes');
  const updated = await runNow('filed');

  expect(kept.outcome).toMatchObject({ kind: 'rolled-out', counts: { total: 1, toShare: 1 } });
  expect(accessKept).toEqual([[a], []]);
  expect(updated.outcome).toMatchObject({ kind: 'rolled-out', counts: { total: 1, toShare: 1 } });
  expect([accessTo(first), accessTo(next)]).toEqual([[a], [b]]);
});

it('refuses a manifest whose files do not fit into a schedule, with its size and what to do', async () => {
  const image = anImageArn({ name: 'fitting' });
  const manifest = await withFiles('fitting', a, [image]);
  await json('schedule', 'create', manifest, '--name', 'fitting', ...yearly, '--yes');
  const before = await json<ScheduleDocument>('schedule', 'describe', 'fitting');
  const many = Array.from({ length: 10_000 }, (_, index) => anImageArn({ name: `${'w'.repeat(150)}-${index}` }));
  await withFiles('fitting', a, many);

  const results = [
    await rig.cliAt({}, 'schedule', 'create', manifest, '--name', 'too-large', ...yearly, '--yes'),
    await rig.cliAt({}, 'schedule', 'update', 'fitting', manifest, '--yes'),
  ];
  const after = await json<ScheduleDocument>('schedule', 'describe', 'fitting');

  for (const result of results) {
    expect(result.exitCode).toBe(65);
    expectOneClearMessage(result, 'payload-too-large', [
      'fitting.yaml',
      'bytes for 10000 images',
      'Split the manifest',
    ]);
  }
  expect(after.manifestSha256).toBe(before.manifestSha256);
});

it('gives a schedule no plan, which names the images of one day', async () => {
  const image = anImageArn({ name: 'dated' });
  rig.simulator().seed({ images: [{ arn: image, dateCreated: old }] });
  await rig.cliAt({}, 'plan', await selecting('dated'), '--out', rig.path('dated.json'));

  const result = await rig.cliAt({}, 'apply', rig.path('dated.json'), '--update-schedule', '--yes');

  expect(result.exitCode).toBe(64);
  expectOneClearMessage(result, 'usage-wrong', ['dated.json', '--update-schedule']);
  expect(writesOf(rig.simulator(), image)).toEqual([]);
});

it('pauses, resumes, updates, lists and deletes a schedule, and says so', async () => {
  const manifest = await rig.manifest('verbs', { principals: [a], images: [anImageArn({ name: 'verbs' })] });
  await json('schedule', 'create', manifest, '--name', 'verbs', '--interval', '6h', '--jitter', '5m', '--yes');

  const paused = await json('schedule', 'pause', 'verbs', '--reason', 'release', '--yes');
  const again = await json('schedule', 'pause', 'verbs', '--yes');
  const described = await rig.cli('schedule', 'describe', 'verbs');
  await json('schedule', 'resume', 'verbs', '--yes');
  const updated = await json<ScheduleDocument>(
    ...['schedule', 'update', 'verbs', '--mode', 'repair', '--regrant'],
    ...['--calendar', '{"hour":6}', '--timezone', 'Asia/Kolkata', '--yes'],
  );
  const listed = await vi.waitFor(async () => {
    const { schedules } = await json<{ schedules: readonly ListedSchedule[] }>('schedule', 'list');
    const found = schedules.find(({ name }) => name === 'verbs');
    if (found?.note.startsWith('repair') !== true) throw new Error(JSON.stringify(schedules));
    return found;
  }, 30_000);
  await json('schedule', 'delete', 'verbs', '--yes');
  const gone = await rig.cli('schedule', 'describe', 'verbs');

  expect([paused, again]).toMatchObject([{ hasChanged: true }, { hasChanged: false }]);
  expect(described.stdout).toMatch(/every 6h, UTC, up to 5m later; PAUSED\n.*: release/);
  expect(updated).toMatchObject({
    isPaused: false,
    rules: { mode: 'repair', isRegranting: true },
    times: { calendar: { hour: 6 }, timezone: 'Asia/Kolkata' },
  });
  expect(listed.nextTimes[0]).toMatch(/T00:30:00.000Z$/);
  expect(gone.exitCode).toBe(66);
});

it.each<[string, readonly string[], number, string, string]>([
  ['an invalid cron', ['create', '--name', 'x', '--cron', '0 25 * * *'], 64, 'schedule-times-invalid', '0 25 * * *'],
  ['a cron that is none', ['create', '--name', 'x', '--cron', 'noon'], 64, 'schedule-times-invalid', 'noon'],
  ['an unknown zone', ['create', '--name', 'x', ...yearly, '--timezone', 'Mars/One'], 64, 'usage-wrong', 'Mars/One'],
  ['an interval that is none', ['create', '--name', 'x', '--interval', 'often'], 64, 'usage-wrong', 'often'],
  ['a calendar that is none', ['create', '--name', 'x', '--calendar', '{"hours":6}'], 64, 'usage-wrong', 'hours'],
  ['an hour that is none', ['create', '--name', 'x', '--calendar', '{"hour":61}'], 64, 'schedule-times-invalid', '61'],
  ['two kinds of times', ['create', '--name', 'x', ...yearly, '--interval', '6h'], 64, 'usage-wrong', '--cron'],
  ['no times', ['create', '--name', 'x'], 64, 'usage-wrong', '--cron'],
  ['a wrong name', ['create', '--name', 'X', ...yearly], 64, 'usage-wrong', 'X'],
  ['a regrant without repairs', ['create', '--name', 'x', ...yearly, '--regrant'], 64, 'usage-wrong', '--regrant'],
  ['a name that is taken', ['create', '--name', 'taken', ...yearly], 64, 'schedule-exists', 'taken'],
  ['nothing to trigger', ['trigger', 'nobody'], 66, 'schedule-not-found', 'nobody'],
  ['nothing to update', ['update', 'nobody'], 66, 'schedule-not-found', 'nobody'],
  ['nothing to pause', ['pause', 'nobody'], 66, 'schedule-not-found', 'nobody'],
  ['nothing to resume', ['resume', 'nobody'], 66, 'schedule-not-found', 'nobody'],
  ['an update from a file that is gone', ['update', 'nobody', 'gone.yaml'], 66, 'file-not-found', 'gone.yaml'],
  ['a name of 2,000 letters', ['delete', 'a'.repeat(2_000)], 66, 'schedule-not-found', 'aaaa'],
])('%s ends with one message', async (_what, [verb = '', ...words], exitCode, code, says) => {
  const manifest = await rig.manifest('taken', { principals: [a], images: [anImageArn({ name: 'taken' })] });
  if (code === 'schedule-exists') {
    await rig.cliAt({}, 'schedule', 'create', manifest, '--name', 'taken', ...yearly, '--yes');
  }

  const path = verb === 'create' ? [manifest] : [];
  const result = await rig.cliAt({}, 'schedule', verb, ...path, ...words, '--yes');

  expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode, stdout: '' });
  expectOneClearMessage(result, code, [says]);
});

it('says of a run that nobody does that it waits for a worker', async () => {
  const manifest = await rig.manifest('lonely', { principals: [a], images: [anImageArn({ name: 'lonely' })] });
  const elsewhere = { taskQueue: 'nobody-polls' };
  await rig.cliAt(elsewhere, 'schedule', 'create', manifest, '--name', 'lonely', ...yearly, '--yes');

  const text = await rig.cliAt({}, 'schedule', 'trigger', 'lonely', '--yes');
  const document = await json<object>('schedule', 'trigger', 'lonely', '--yes');

  expect(text.exitCode).toBe(0);
  expect(text.stdout).toMatch(
    /^lonely waits for a worker, as none polls the task queue nobody-polls; start one with: /,
  );
  expect(document).toMatchObject({ hasChanged: true, taskQueue: 'nobody-polls', hasWorker: false });
});

it('says of times that never come that the schedule will not run, and what to do', async () => {
  const manifest = await rig.manifest('never', { principals: [a], images: [anImageArn({ name: 'never' })] });

  const made = await rig.cliAt({}, 'schedule', 'create', manifest, '--name', 'never', '--cron', '0 0 30 2 *', '--yes');

  expect(made.stdout).toContain('\n  by ');
  expect(made.stdout).toContain(
    'NEVER RUNS: no such time comes; give it others with `policy-rollout schedule update never`',
  );
});

it('a manifest that is gone ends with one message', async () => {
  const result = await rig.cliAt({}, 'schedule', 'create', rig.path('gone.yaml'), '--name', 'gone', ...yearly, '--yes');

  expect(result.exitCode).toBe(66);
  expectOneClearMessage(result, 'file-not-found', ['gone.yaml']);
});

import { WorkflowNotFoundError } from '@temporalio/common';
import { expect, it, vi } from 'vitest';
import type { ScheduledOutcome } from '../../src/contracts/schedule.ts';
import { rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import type { ScheduleRules } from '../../src/domain/scheduled-change.ts';
import type { Act } from '../../src/simulator/acts.ts';
import { asking, bulkSpec, namesOf, plantImages, writtenOf } from '../support/rig-bulk.ts';
import { principals, quickTiming, rigOrigin } from '../support/rig-images.ts';
import { otherManifest, rigSchedule, runNow, untilPaused, untilRuns } from '../support/rig-schedules.ts';
import { rollOut, startRig, untilJournal } from '../support/rig.ts';

const rig = await startRig({});

it('shares what is new, and only that', async () => {
  const images = plantImages(rig.simulator, namesOf('fresh', 2));
  await rig.client.createSchedule(rigSchedule(bulkSpec('fresh', images)));

  const first = await runNow(rig.client, 'fresh');
  const written = writtenOf(rig.simulator, images);
  const second = await runNow(rig.client, 'fresh');

  expect(first.outcome).toMatchObject({ kind: 'rolled-out', counts: { toShare: 2 }, rollout: { state: 'SUCCEEDED' } });
  expect(written).toEqual(images);
  expect(second.outcome).toMatchObject({ kind: 'nothing-to-do', counts: { inSync: 2, total: 2 } });
});

/** Images that were rolled out by hand, and a schedule for them. */
async function kept(name: string, count: number, rules: Partial<ScheduleRules> = {}): Promise<readonly ImageArn[]> {
  const images = plantImages(rig.simulator, namesOf(name, count));
  const spec = bulkSpec(name, images);
  await rollOut(rig.client, spec);
  await rig.client.createSchedule(
    rigSchedule(spec, { rules: { mode: 'repair', isRegranting: false, maxChanges: 10, ...rules } }),
  );
  return images;
}

function act(given: Act): void {
  rig.simulator.act(given);
  rig.simulator.settle();
}

/** Adds images that are shared as every rollout of the rig wants them. */
function plantShared(names: readonly string[]): readonly ImageArn[] {
  const images = plantImages(rig.simulator, names);
  const tags = { 'policy-rollout:rollout': 'earlier' };
  const given = [principals.a, principals.b];
  rig.simulator.seed({ shares: images.map((image) => ({ images: [image], principals: given, tags })) });
  return images;
}

/** Images that were written to since the journal had so many calls. */
function writtenSince(from: number, images: readonly string[]): readonly string[] {
  const writes = rig.simulator
    .journal()
    .slice(from)
    .filter(({ isWrite, actor }) => isWrite && actor === 'client');
  return images.filter((image) => writes.some((write) => write.images.includes(image)));
}

function whyOf(outcome: Pick<ScheduledOutcome, 'notable'> | null): Record<string, readonly string[]> {
  return Object.fromEntries((outcome?.notable ?? []).map(({ imageArn, why }) => [imageArn.split('/')[1] ?? '', why]));
}

it('repairs what was widened, gives nothing back that was taken, and writes to nothing else', async () => {
  const images = await kept('drifted', 5);
  const [widened, narrowed, gone, untouched] = images;
  act({ kind: 'associate', image: widened ?? '', principals: [principals.c] });
  act({ kind: 'disassociate', image: narrowed ?? '', principals: [principals.b] });
  act({ kind: 'delete-shares', image: gone ?? '' });

  const from = rig.simulator.journal().length;
  const { outcome } = await runNow(rig.client, 'drifted');

  expect(outcome).toMatchObject({ kind: 'rolled-out', counts: { toRepair: 1, removedOutside: 2, inSync: 2 } });
  expect(whyOf(outcome)).toMatchObject({
    'drifted-2': ['removed-outside', 'access-removed-outside'],
    'drifted-3': ['removed-outside', 'access-removed-outside', 'share-gone'],
  });
  expect(writtenSince(from, images)).toEqual([widened]);
  expect(rig.simulator.images().find(({ imageArn }) => imageArn === widened)?.access).toEqual(
    rig.simulator.images().find(({ imageArn }) => imageArn === untouched)?.access,
  );
});

it('gives back what was taken where it regrants', async () => {
  const [narrowed = ''] = await kept('regranted', 1, { isRegranting: true });
  act({ kind: 'disassociate', image: narrowed, principals: [principals.b] });

  const { outcome } = await runNow(rig.client, 'regranted');

  expect(outcome).toMatchObject({ kind: 'rolled-out', counts: { toRepair: 1 }, rollout: { state: 'SUCCEEDED' } });
});

it.each(['detect', 'share-new'] as const)('only reports what was widened in mode %s', async (mode) => {
  const name = `only-${mode}`;
  const [widened = ''] = await kept(name, 1, { mode });
  act({ kind: 'associate', image: widened, principals: [principals.c] });

  const from = rig.simulator.journal().length;
  const { outcome } = await runNow(rig.client, name);

  expect(outcome).toMatchObject({ kind: 'nothing-to-do' });
  expect(whyOf(outcome)).toEqual({ [`${name}-1`]: ['mode', 'widened-outside'] });
  expect(writtenSince(from, [widened])).toEqual([]);
});

it('pauses where more is to be changed than may be, and says how to go on', async () => {
  const images = await kept('mass', 3, { maxChanges: 2 });
  for (const image of images) act({ kind: 'associate', image, principals: [principals.c] });

  const from = rig.simulator.journal().length;
  const { outcome } = await runNow(rig.client, 'mass');
  const schedule = await rig.client.describeSchedule('mass');

  expect(outcome?.kind).toBe('paused');
  expect(schedule).toMatchObject({
    isPaused: true,
    note: expect.stringMatching(/3 of 3 images .* resume mass/) as unknown,
  });
  expect(writtenSince(from, images)).toEqual([]);
});

it('pauses where a rollout by hand has used another manifest since', async () => {
  const images = await kept('overtaken', 1);
  await rollOut(rig.client, otherManifest(bulkSpec('overtaken', images, { wanted: [principals.a] })));

  const from = rig.simulator.journal().length;
  const { outcome } = await runNow(rig.client, 'overtaken');
  const schedule = await rig.client.describeSchedule('overtaken');

  expect(outcome?.kind).toBe('superseded');
  expect(schedule).toMatchObject({
    isPaused: true,
    note: expect.stringContaining('schedule-superseded') as unknown,
  });
  expect(rig.simulator.journal().slice(from)).toEqual([]);
});

/** Has Temporal forget the rollouts of a name, as it does when its retention has passed. */
async function forgetRollouts(rolloutName: string): Promise<void> {
  const { namespace } = rig.temporal.options;
  const workflowId = rolloutWorkflowId(rolloutName);
  const handle = rig.temporal.workflow.getHandle(workflowId);
  await vi.waitFor(
    async () => {
      const known = await handle.describe().catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      });
      if (known === null) return;
      const workflowExecution = { workflowId, runId: known.runId };
      await rig.temporal.workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
      throw new Error(`${known.runId} is not forgotten yet`);
    },
    { timeout: 30_000, interval: 50 },
  );
}

it('pauses where a rollout by hand has used another manifest since, also when Temporal has forgotten it', async () => {
  const images = await kept('past-retention', 1);
  await rollOut(rig.client, otherManifest(bulkSpec('past-retention', images, { wanted: [principals.a] })));
  await forgetRollouts('past-retention');

  const { outcome } = await runNow(rig.client, 'past-retention');

  expect(outcome).toMatchObject({
    kind: 'superseded',
    detail: expect.stringMatching(/^schedule-superseded: .* started past-retention with another manifest/) as unknown,
  });
});

it('repairs neither what was undone nor what another manifest is wanted for', async () => {
  const images = plantImages(rig.simulator, namesOf('decided', 2));
  const [undone = '', renewed = ''] = images;
  const spec = bulkSpec('decided', images.slice(0, 1));
  await rollOut(rig.client, spec);
  await rig.client.undo('decided', rigOrigin);
  await vi.waitFor(async () => expect((await rig.client.status('decided-undo')).state).toBe('SUCCEEDED'), 30_000);
  await rollOut(rig.client, bulkSpec('decided', images.slice(1)));
  const other = otherManifest(bulkSpec('decided', images, { wanted: [principals.a] }));
  await rig.client.createSchedule(
    rigSchedule(other, { rules: { mode: 'repair', isRegranting: false, maxChanges: 10 } }),
  );
  act({ kind: 'associate', image: renewed, principals: [principals.c] });

  const from = rig.simulator.journal().length;
  const { outcome } = await runNow(rig.client, 'decided');

  expect(whyOf(outcome)).toEqual({
    'decided-1': ['undone'],
    'decided-2': ['manifest-changed', 'widened-outside'],
  });
  expect(writtenSince(from, [undone, renewed])).toEqual([]);
});

it('fails where it may not see the images, and knows of nothing to do', async () => {
  await kept('unseeable', 2);
  const answer = { kind: 'error', status: 403, name: 'AccessDeniedException' } as const;
  rig.simulator.addFaults([{ operation: 'GetImagePolicy', times: 'always', answer }]);

  const { outcome } = await runNow(rig.client, 'unseeable');
  rig.simulator.clearFaults();

  expect(outcome).toMatchObject({ kind: 'failed', counts: { unseen: 2 }, error: { code: 'aws-access-denied' } });
});

it('pauses where a guardrail stands against all of its images', async () => {
  const images = plantImages(rig.simulator, namesOf('too-many', 2));
  await rig.client.createSchedule(rigSchedule(bulkSpec('too-many', images, { guardrails: { maxImages: 1 } })));

  const { outcome } = await runNow(rig.client, 'too-many');
  const { isPaused } = await rig.client.describeSchedule('too-many');

  expect(outcome).toMatchObject({
    kind: 'paused',
    detail: expect.stringMatching(/^images-refused: .*maxImages is 1/) as unknown,
  });
  expect(isPaused).toBe(true);
});

it('goes on where a rollout by hand with another manifest was refused', async () => {
  const images = await kept('refused-since', 2);
  const refused = otherManifest(
    bulkSpec('refused-since', images, { wanted: [principals.a], guardrails: { maxChangedPercentage: 0 } }),
  );
  const { state } = await rollOut(rig.client, refused);

  const { outcome } = await runNow(rig.client, 'refused-since');

  expect(state).toBe('REFUSED');
  expect(outcome).toMatchObject({ kind: 'nothing-to-do', counts: { inSync: 2 } });
});

it('ends where a rollout of its name is running, and looks at nothing', async () => {
  const images = plantImages(rig.simulator, ['busy']);
  const spec = bulkSpec('busy', images, { strategy: { waves: [{ name: 'all', soakMs: 60_000 }, { name: 'rest' }] } });
  await rig.client.startRollout(spec, rigOrigin);
  await rig.client.createSchedule(rigSchedule(spec));

  const { outcome } = await runNow(rig.client, 'busy');
  await rig.client.abort('busy', asking('ann'));

  expect(outcome).toMatchObject({ kind: 'rollout-running', counts: { total: 0 } });
});

it('pauses where the rollout of a run is aborted, and leaves the pause of a person as it is', async () => {
  const images = plantImages(rig.simulator, namesOf('aborted-run', 2));
  await rig.client.createSchedule(rigSchedule(bulkSpec('aborted-run', images)));
  rig.simulator.changeSettings({ shareLagMs: 60_000 });

  await rig.client.triggerSchedule('aborted-run');
  await untilJournal(rig.simulator, 'a put', () => writtenOf(rig.simulator, images).length > 0);
  // It is at the images alone that the run has chosen, so nobody may take it for the whole.
  await expect(rig.client.startRollout(bulkSpec('aborted-run', images), rigOrigin)).rejects.toMatchObject({
    code: 'rollout-running',
    message: expect.stringContaining('for schedule/aborted-run, at no more images') as unknown,
  });
  await rig.client.abort('aborted-run', asking('ann'));
  rig.simulator.changeSettings({ shareLagMs: 0 });
  rig.simulator.settle();
  const [run] = await untilRuns(rig.client, 'aborted-run', 1);
  const schedule = await rig.client.describeSchedule('aborted-run');

  expect(run?.outcome).toMatchObject({ kind: 'paused', rollout: { state: 'ABORTED' } });
  expect(schedule).toMatchObject({ isPaused: true, note: expect.stringContaining('rollout-aborted') as unknown });
});

/** Lets the put pass, and none that would take it back. */
function failUndo(image: string): void {
  const answer = { kind: 'error', status: 403, name: 'AccessDeniedException' } as const;
  rig.simulator.addFaults([{ operation: 'PutImagePolicy', image, skip: 1, times: 'always', answer }]);
}

it.each([
  { when: 'at the end of a run', name: 'undone', others: 0 },
  { when: 'while its rollout still waits for a person', name: 'waiting', others: 3 },
])('pauses $when where the undo of an image has failed, and says why and how to go on', async ({ name, others }) => {
  const [broken = ''] = plantImages(rig.simulator, [`${name}-0`], { behaviour: { promotion: 'refused' } });
  const images = [broken, ...plantImages(rig.simulator, namesOf(name, others))].map(parseImageArn);
  failUndo(broken);
  await rig.client.createSchedule(rigSchedule(bulkSpec(name, images, { maxConcurrentCount: 1 })));

  await rig.client.triggerSchedule(name);
  const { note } = await untilPaused(rig.client, name);
  if (others > 0) await rig.client.ask(name, { kind: 'resume' }, asking('ann'));
  const [run] = await untilRuns(rig.client, name, 1);
  const after = await rig.client.describeSchedule(name);

  expect(note).toMatch(new RegExp(`compensation-failed: .* report ${name}, .* schedule resume ${name}$`));
  if (others > 0)
    expect(note).toContain(
      `waits for a person. Go on with: policy-rollout report ${name}, then policy-rollout resume ${name} --reason "why" or`,
    );
  expect(run?.outcome).toMatchObject({
    kind: 'paused',
    rollout: { counts: { compensationFailed: 1, succeeded: others } },
  });
  expect(after.isPaused).toBe(true);
  expect(after.note).toContain(
    `1 images could not be put back and need a person. Go on with: policy-rollout report ${name}, then policy-rollout schedule resume ${name}`,
  );
});

it('gives nothing back of an image that it has kept though somebody did not see it', async () => {
  const [unseen = ''] = plantImages(rig.simulator, ['unseen']);
  // A role of another account, so B seems not to find the image; nobody has to wait for that.
  const unseenByB = {
    consumerRoles: { [principals.b]: { roleArn: 'arn:aws:iam::555555555555:role/reader' } },
    timing: { ...quickTiming, verificationTimeoutMs: 1_000 },
  };
  await rig.client.createSchedule(rigSchedule(bulkSpec('unseen', [parseImageArn(unseen)], unseenByB)));
  const first = await runNow(rig.client, 'unseen');
  act({ kind: 'disassociate', image: unseen, principals: [principals.b] });

  const from = rig.simulator.journal().length;
  const second = await runNow(rig.client, 'unseen');

  expect(first.outcome).toMatchObject({ kind: 'rolled-out', rollout: { counts: { failed: 1 } } });
  expect(second.outcome).toMatchObject({ kind: 'nothing-to-do', counts: { removedOutside: 1 } });
  expect(whyOf(second.outcome)).toEqual({ unseen: ['removed-outside', 'access-removed-outside'] });
  expect(writtenSince(from, [unseen])).toEqual([]);
});

it('leaves an image whose undo has failed to a person, who rolls it out by hand', async () => {
  const [broken] = plantImages(rig.simulator, ['left-broken'], { behaviour: { promotion: 'refused' } });
  const spec = bulkSpec('left-broken', broken === undefined ? [] : [broken]);
  failUndo(broken ?? '');
  await rig.client.createSchedule(rigSchedule(spec));
  await runNow(rig.client, 'left-broken');
  await rig.client.resumeSchedule('left-broken', asking('ann'));
  rig.simulator.clearFaults();

  const from = rig.simulator.journal().length;
  const { outcome } = await runNow(rig.client, 'left-broken');
  const drift = await rig.client.drift(spec, rigOrigin);

  expect(outcome).toMatchObject({ kind: 'nothing-to-do', counts: { left: 1, toShare: 0 } });
  expect(whyOf(outcome)).toEqual({ 'left-broken': ['unproven'] });
  expect(writtenSince(from, [broken ?? ''])).toEqual([]);
  expect(drift).toMatchObject({ applied: null, counts: { new: 0, unknown: 1 } });
  expect(drift.images[0]?.detail).toEqual([expect.stringContaining('roll it out again')]);
});

it('stays resumed where a person has resumed it while its rollout waited', async () => {
  const [broken = ''] = plantImages(rig.simulator, ['looked-at-0'], { behaviour: { promotion: 'refused' } });
  const images = [broken, ...plantImages(rig.simulator, namesOf('looked-at', 2))].map(parseImageArn);
  failUndo(broken);
  await rig.client.createSchedule(rigSchedule(bulkSpec('looked-at', images, { maxConcurrentCount: 1 })));

  await rig.client.triggerSchedule('looked-at');
  await untilPaused(rig.client, 'looked-at');
  await rig.client.resumeSchedule('looked-at', asking('ann'));
  await rig.client.ask('looked-at', { kind: 'resume' }, asking('ann'));
  const [run] = await untilRuns(rig.client, 'looked-at', 1);
  const schedule = await rig.client.describeSchedule('looked-at');

  expect(run?.outcome?.kind).toBe('paused');
  expect(schedule).toMatchObject({
    isPaused: false,
    note: expect.stringContaining('compensation-failed') as unknown,
  });
});

it('runs once more after the run that is under way, however often it is triggered, also when it is paused meanwhile', async () => {
  const images = plantImages(rig.simulator, ['again']);
  await rig.client.createSchedule(rigSchedule(bulkSpec('again', images)));
  rig.simulator.changeSettings({ shareLagMs: 60_000 });

  await rig.client.triggerSchedule('again');
  await untilJournal(rig.simulator, 'the put', () => writtenOf(rig.simulator, images).length > 0);
  await rig.client.triggerSchedule('again');
  await rig.client.triggerSchedule('again');
  await rig.client.pauseSchedule('again', asking('ann'));
  rig.simulator.changeSettings({ shareLagMs: 0 });
  rig.simulator.settle();
  const runs = await untilRuns(rig.client, 'again', 2);
  const schedule = await rig.client.describeSchedule('again');

  expect(runs.map(({ outcome }) => outcome?.kind)).toEqual(['nothing-to-do', 'rolled-out']);
  expect(schedule).toMatchObject({
    isPaused: true,
    note: expect.stringMatching(/^share-new again sha256 .*; paused by ann: ann has a reason$/) as unknown,
  });
});

it('holds an image that it has repaired three times, and leaves it alone then', async () => {
  const [flapping = ''] = await kept('flapping', 1);
  const kinds: (string | undefined)[] = [];

  for (let count = 0; count < 5; count += 1) {
    act({ kind: 'associate', image: flapping, principals: [principals.c] });
    kinds.push((await runNow(rig.client, 'flapping')).outcome?.kind);
  }
  const holds = (await rig.client.holds()).filter(({ images }) => images === flapping);

  expect(kinds).toEqual(['rolled-out', 'rolled-out', 'rolled-out', 'nothing-to-do', 'nothing-to-do']);
  expect(holds).toMatchObject([{ name: expect.stringMatching(/^flapping-/) as unknown, who: 'schedule/flapping' }]);
});

it('repairs though a fifth of all calls are answered 429 or 503', async () => {
  const images = await kept('stormy-repair', 3);
  for (const image of images) act({ kind: 'associate', image, principals: [principals.c] });
  rig.simulator.addFaults([
    { operation: '*', times: 'always', probability: 0.1, answer: { kind: 'throttle' } },
    { operation: '*', times: 'always', probability: 1 / 9, answer: { kind: 'unavailable' } },
  ]);

  const { outcome } = await runNow(rig.client, 'stormy-repair');
  rig.simulator.clearFaults();

  const wanted = [principals.a, principals.b];
  expect(outcome).toMatchObject({ kind: 'rolled-out', rollout: { state: 'SUCCEEDED', counts: { succeeded: 3 } } });
  expect(images.map((image) => rig.simulator.image(image)?.access.toSorted())).toEqual(images.map(() => wanted));
});

it('does not count repairs that have not come about', async () => {
  const [unrepaired = ''] = await kept('unrepaired', 1);
  act({ kind: 'associate', image: unrepaired, principals: [principals.c] });
  const denied = { kind: 'error', status: 403, name: 'AccessDeniedException' } as const;
  const refusals = ['DisassociateResourceShare', 'PutImagePolicy'].map(
    (operation) => ({ operation, image: unrepaired, times: 'always', answer: denied }) as const,
  );
  rig.simulator.addFaults(refusals);
  const states: (string | undefined)[] = [];

  for (let count = 0; count < 4; count += 1)
    states.push((await runNow(rig.client, 'unrepaired')).outcome?.rollout?.state);
  rig.simulator.clearFaults();
  const { outcome } = await runNow(rig.client, 'unrepaired');

  expect(states).toEqual(Array.from({ length: 4 }, () => 'COMPLETED_WITH_FAILURES'));
  expect(outcome).toMatchObject({ kind: 'rolled-out', rollout: { state: 'SUCCEEDED' } });
  expect((await rig.client.holds()).filter(({ images }) => images === unrepaired)).toEqual([]);
});

it('says on its page what it does, of which manifest, and how the last run ended, also after a pause and a change', async () => {
  const spec = bulkSpec('page', plantImages(rig.simulator, ['page']));
  await rig.client.createSchedule(rigSchedule(spec));
  const noteOf = async () => (await rig.client.describeSchedule('page')).note;
  const created = await noteOf();

  await runNow(rig.client, 'page');
  const ran = await noteOf();
  await rig.client.pauseSchedule('page', asking('ann'));
  await rig.client.resumeSchedule('page', asking('bob'));
  const resumed = await noteOf();
  await rig.client.updateSchedule('page', { rules: { ...rigSchedule(spec).rules, mode: 'detect' } });
  const updated = await noteOf();

  const head = `page sha256 ${spec.manifestSha256.slice(0, 12)};`;
  expect(created).toBe(`share-new ${head} no run yet`);
  expect(ran).toMatch(new RegExp(`^share-new ${head} \\S+ rolled-out: .*SUCCEEDED`));
  expect(resumed).toMatch(new RegExp(`^share-new ${head} \\S+ rolled-out: .*bob`));
  expect(updated).toMatch(new RegExp(`^detect ${head} \\S+ rolled-out: `));
});

it('writes nothing and takes few activities where there is nothing to do', async () => {
  const images = plantShared(namesOf('still', 200));
  const spec = bulkSpec('still', images);
  await rollOut(rig.client, spec);
  await rig.client.createSchedule(rigSchedule(spec));

  const from = rig.simulator.journal().length;
  const { outcome, workflowId, runId } = await runNow(rig.client, 'still');
  const calls = rig.simulator.journal().length - from;
  const { events } = await rig.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const activities = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);

  expect(outcome).toMatchObject({ kind: 'nothing-to-do', counts: { inSync: 200 } });
  expect(writtenSince(from, images)).toEqual([]);
  expect(activities.length).toBeLessThanOrEqual(images.length / 50);
  expect(calls).toBeLessThanOrEqual(1.2 * images.length);
});

it('leaves an image that gets a hold in mid-run, and shares the others', async () => {
  const images = plantImages(rig.simulator, namesOf('mid-run', 2));
  const [held = ''] = images;
  await rig.client.createSchedule(rigSchedule(bulkSpec('mid-run', images, { maxConcurrentCount: 2 })));
  rig.simulator.changeSettings({ shareLagMs: 60_000 });

  await rig.client.triggerSchedule('mid-run');
  await untilJournal(rig.simulator, 'both puts', () => writtenOf(rig.simulator, images).length === 2);
  const since = new Date().toISOString();
  await rig.client.addHold({ name: 'mid-run', images: held, reason: 'release', who: 'ann@host', since });
  rig.simulator.changeSettings({ shareLagMs: 0 });
  rig.simulator.settle();
  const [run] = await untilRuns(rig.client, 'mid-run', 1);

  expect(run?.outcome).toMatchObject({ kind: 'rolled-out', rollout: { counts: { succeeded: 1, compensated: 1 } } });
});

it('ends a run whose schedule is deleted meanwhile', async () => {
  const images = plantImages(rig.simulator, ['forgotten']);
  await rig.client.createSchedule(rigSchedule(bulkSpec('forgotten', images)));
  rig.simulator.changeSettings({ shareLagMs: 60_000 });

  await rig.client.triggerSchedule('forgotten');
  await untilJournal(rig.simulator, 'the put', () => writtenOf(rig.simulator, images).length > 0);
  const [run] = (await rig.client.describeSchedule('forgotten')).runs;
  await rig.client.deleteSchedule('forgotten');
  rig.simulator.changeSettings({ shareLagMs: 0 });
  rig.simulator.settle();

  const { workflowId = '', runId = '' } = run ?? {};
  await expect(rig.temporal.workflow.getHandle(workflowId, runId).result()).resolves.toMatchObject({
    kind: 'rolled-out',
  });
  await expect(rig.client.describeSchedule('forgotten')).rejects.toMatchObject({ code: 'schedule-not-found' });
});

it('uses the manifest that a schedule was given last, once a rollout by hand has overtaken it', async () => {
  const images = await kept('renewed', 1);
  const spec = otherManifest(bulkSpec('renewed', images, { wanted: [principals.a] }));
  await rollOut(rig.client, spec);

  await rig.client.updateSchedule('renewed', { spec });
  const { outcome } = await runNow(rig.client, 'renewed');
  const { manifestSha256, isPaused } = await rig.client.describeSchedule('renewed');

  expect(outcome).toMatchObject({ kind: 'nothing-to-do', counts: { inSync: 1 } });
  expect({ manifestSha256, isPaused }).toEqual({ manifestSha256: spec.manifestSha256, isPaused: false });
});

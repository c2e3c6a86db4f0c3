import { beforeAll, describe, expect, it } from 'vitest';
import type { BaselinesDocument } from '../../src/contracts/baselines.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, rollOut, startRig, statesByName } from '../support/rig.ts';
import { principals, rigOrigin, rigSpec, seedOf, sharedEarlier, unshared } from '../support/rig-images.ts';
import { asking, untilStatus } from '../support/rig-bulk.ts';
import { writesOf } from '../support/simulator.ts';

const origin = { ...rigOrigin, reason: 'a test' };

const refused = unshared('redrive-refused');
const easy = unshared('redrive-easy');
const unsharedBefore = unshared('undo-unshared');
const replaced = sharedEarlier('undo-replaced');
const takenOver = unshared('undo-taken-over');
const abortedFirst = sharedEarlier('abort-undo-first');
const abortedNext = sharedEarlier('abort-undo-next');
const forgotten = unshared('file-unshared');
const forgottenReplaced = sharedEarlier('file-replaced');
const forgottenTakenOver = unshared('file-taken-over');
const all = [
  ...[refused, easy, unsharedBefore, replaced, takenOver, abortedFirst, abortedNext],
  ...[forgotten, forgottenReplaced, forgottenTakenOver],
];

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ seed: seedOf(all) });
});

function accessTo(image: string): readonly string[] {
  return [...(rig.simulator.image(image)?.access ?? [])].sort();
}

describe('a redrive', () => {
  it('runs again only what did not succeed, and keeps the results so far', async () => {
    const { client, simulator } = rig;
    simulator.behave(refused.image, { promotion: 'refused' });
    const first = await rollOut(client, rigSpec('redriven', [refused.image, easy.image]));
    const writesBefore = writesOf(simulator, easy.image).length;
    simulator.behave(refused.image, { promotion: 'succeeds' });

    const started = await client.redrive('redriven', origin);
    const report = await endedReport(client, 'redriven');

    expect(statesByName(first.images)).toEqual({ 'redrive-refused': 'COMPENSATED', 'redrive-easy': 'SUCCEEDED' });
    expect(started).not.toBeNull();
    expect(statesByName(report.images)).toEqual({ 'redrive-refused': 'SUCCEEDED', 'redrive-easy': 'SUCCEEDED' });
    expect(report).toMatchObject({ redriveCount: 1, counts: { total: 2, succeeded: 2 } });
    expect(writesOf(simulator, easy.image)).toHaveLength(writesBefore);
    await expect(client.status('redriven')).resolves.toMatchObject({ counts: { total: 2, succeeded: 2 } });
  });

  it('of a rollout that has succeeded starts nothing', async () => {
    await expect(rig.client.redrive('redriven', origin)).resolves.toBeNull();
  });
});

describe('an undo', () => {
  it('puts images back to what they gave before, and leaves one alone that somebody has changed since', async () => {
    const { client, simulator } = rig;
    const images = [unsharedBefore.image, replaced.image, takenOver.image];
    await rollOut(client, rigSpec('undone', images));
    simulator.act({ kind: 'associate', image: takenOver.image, principals: [principals.c] });
    simulator.settle();

    await client.undo('undone', origin);
    const report = await endedReport(client, 'undone-undo');

    expect(statesByName(report.images)).toEqual({
      'undo-unshared': 'SUCCEEDED',
      'undo-replaced': 'SUCCEEDED',
      'undo-taken-over': 'SKIPPED',
    });
    expect(accessTo(unsharedBefore.image)).toEqual([]);
    expect(accessTo(replaced.image)).toEqual([principals.a, principals.c]);
    expect(accessTo(takenOver.image)).toEqual([principals.a, principals.b, principals.c]);
  });
});

describe('an undo out of a file', () => {
  it('puts images back when Temporal has forgotten the rollout, and leaves one alone that was changed since', async () => {
    const { client, simulator } = rig;
    const images = [forgotten.image, forgottenReplaced.image, forgottenTakenOver.image];
    await rollOut(client, rigSpec('kept', images));
    const baselines = underUnknownName(await client.baselines('kept'));
    simulator.act({ kind: 'associate', image: forgottenTakenOver.image, principals: [principals.c] });
    simulator.settle();

    await client.undoFrom(baselines, origin);
    const report = await endedReport(client, 'file-forgotten-undo');

    await expect(client.undo('file-forgotten', origin)).rejects.toMatchObject({ code: 'rollout-not-found' });
    expect(statesByName(report.images)).toEqual({
      'file-unshared': 'SUCCEEDED',
      'file-replaced': 'SUCCEEDED',
      'file-taken-over': 'SKIPPED',
    });
    expect(accessTo(forgotten.image)).toEqual([]);
    expect(accessTo(forgottenReplaced.image)).toEqual([principals.a, principals.c]);
    expect(accessTo(forgottenTakenOver.image)).toEqual([principals.a, principals.b, principals.c]);
  });
});

/** The same of a rollout of which Temporal knows nothing, as after the end of the retention. */
function underUnknownName(baselines: BaselinesDocument): BaselinesDocument {
  return { ...baselines, rolloutName: 'file-forgotten', spec: { ...baselines.spec, rolloutName: 'file-forgotten' } };
}

describe('an abort with an undo', () => {
  it('puts back what was done without anybody who waits, and leaves alone what was not begun', async () => {
    const { client, simulator } = rig;
    const images = [abortedFirst.image, abortedNext.image];
    const spec = rigSpec('abort-undo', images);
    const waves = [{ name: 'first', count: 1, soakMs: 3_600_000 }, { name: 'rest' }];
    const guardrails = { ...spec.guardrails, maxChangedPercentage: 100 };
    await client.startRollout({ ...spec, guardrails, strategy: { ...spec.strategy, waves } }, rigOrigin);
    await untilStatus(client, 'abort-undo', ({ state }) => state === 'SOAKING');
    const accessInSoak = accessTo(abortedFirst.image);

    const aborted = await client.abort('abort-undo', asking('ann'), { isUndoing: true });
    const report = await endedReport(client, 'abort-undo');
    const undone = await endedReport(client, 'abort-undo-undo');

    expect(aborted).toEqual({ wasRunning: true, undoName: 'abort-undo-undo' });
    expect(report).toMatchObject({
      state: 'ABORTED',
      messages: [{ who: 'ann', reason: 'ann has a reason', request: { kind: 'abort', isUndoing: true } }],
      undo: { rolloutName: 'abort-undo-undo', runId: undone.runId },
    });
    expect(undone).toMatchObject({ startedBy: 'ann', reason: 'ann has a reason', counts: { total: 1, succeeded: 1 } });
    expect(accessInSoak).toEqual([principals.a, principals.b]);
    expect(accessTo(abortedFirst.image)).toEqual([principals.a, principals.c]);
    expect(writesOf(simulator, abortedNext.image)).toEqual([]);
  });

  it('of a rollout that has ended undoes it all the same, and once', async () => {
    const { client } = rig;
    await rollOut(client, rigSpec('abort-late', [abortedNext.image]));

    const aborted = await client.abort('abort-late', asking('ann'), { isUndoing: true });
    const undone = await endedReport(client, 'abort-late-undo');

    expect(aborted).toEqual({ wasRunning: false, undoName: 'abort-late-undo' });
    expect(statesByName(undone.images)).toEqual({ 'abort-undo-next': 'SUCCEEDED' });
    expect(accessTo(abortedNext.image)).toEqual([principals.a, principals.c]);
  });
});

it('is not asked of a rollout that nobody knows', async () => {
  await expect(rig.client.redrive('nobody-knows', origin)).rejects.toMatchObject({ code: 'rollout-not-found' });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { ConcurrencyMode } from '../../src/domain/strategy.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, imagesBefore, offencesOfRollout, rollOut, startRig, untilJournal } from '../support/rig.ts';
import { asking, bulkSpec, namesOf, plantImages, startBulk, untilStatus, writtenOf } from '../support/rig-bulk.ts';
import { rigImage, rigOrigin } from '../support/rig-images.ts';
import { idleWritesOf, writesOf } from '../support/simulator.ts';

const onlyOfTheSecond = '555555555555';
let rig: Rig;

beforeAll(async () => {
  // Long enough to be in the middle of something.
  rig = await startRig({ settings: { promotionLagMs: 400 } });
});

function concurrency(count: number): { readonly maxConcurrent: { readonly count: number } } {
  return { maxConcurrent: { count } };
}

/** A rollout over eight images, two at a time, that has begun to write; and the images as they were. */
async function inFlight(rolloutName: string) {
  const { client, simulator } = rig;
  const images = plantImages(simulator, namesOf(rolloutName, 8));
  const before = imagesBefore(simulator);
  await startBulk(client, bulkSpec(rolloutName, images, { strategy: concurrency(2) }));
  await untilJournal(simulator, 'a first write', () => writtenOf(simulator, images).length > 0);
  return { images, before };
}

describe('a rollout that is paused', () => {
  it('ends what is in flight, starts nothing new, says how to go on, and goes on', async () => {
    const { client, simulator } = rig;
    const { images } = await inFlight('paused');

    const answers = [
      await client.ask('paused', { kind: 'pause' }, asking('ann')),
      await client.ask('paused', { kind: 'pause' }, asking('bob')),
    ];
    const status = await untilStatus(client, 'paused', ({ counts }) => counts.running === 0);
    const writtenInPause = writtenOf(simulator, images).length;
    await client.ask('paused', { kind: 'resume' }, asking('ann'));
    const again = await client.ask('paused', { kind: 'resume' }, asking('ann'));
    const report = await endedReport(client, 'paused');

    expect(answers).toEqual([true, false]);
    expect(status).toMatchObject({ state: 'PAUSED', awaits: { kind: 'resume' } });
    expect(status.awaits?.text).toMatch(/: policy-rollout resume paused --reason "why"$/);
    expect(status.counts.pending).toBeGreaterThan(0);
    expect(status.counts.succeeded).toBe(writtenInPause);
    expect(again).toBe(false);
    expect(report).toMatchObject({ state: 'SUCCEEDED', counts: { succeeded: 8 } });
  });

  it('pauses itself where an undo has failed, and goes on when somebody has looked', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('stuck', 4));
    const broken = plantImages(simulator, ['stuck-broken'], { behaviour: { promotion: 'refused' } });
    const [image = ''] = broken;
    const denied = { kind: 'error', status: 403, name: 'AccessDeniedException' } as const;
    simulator.addFaults([{ operation: 'PutImagePolicy', image, skip: 1, times: 'always', answer: denied }]);

    await startBulk(client, bulkSpec('stuck', [...broken, ...images], { strategy: concurrency(1) }));
    const status = await untilStatus(client, 'stuck', ({ state }) => state === 'PAUSED');
    await client.ask('stuck', { kind: 'resume' }, asking('ann'));
    const report = await endedReport(client, 'stuck');

    expect(status).toMatchObject({ awaits: { kind: 'resume' }, counts: { compensationFailed: 1 } });
    expect(status.awaits?.text).toContain('the undo of an image failed');
    expect(report).toMatchObject({ counts: { compensationFailed: 1, succeeded: 4 } });
  });
});

describe('a rollout that is ended', () => {
  it('by an abort lets images in flight finish or go back, and skips the rest', async () => {
    const { client, simulator } = rig;
    const { before } = await inFlight('aborted');

    await client.abort('aborted', asking('ann'));
    const report = await endedReport(client, 'aborted');

    expect(report).toMatchObject({ state: 'ABORTED', error: { code: 'cancelled', detail: 'ann: ann has a reason' } });
    expect(report.counts.skipped).toBeGreaterThanOrEqual(4);
    expect(offencesOfRollout(simulator, before, ended(report.images))).toEqual([]);
    expect((await client.status('aborted')).counts).toEqual(report.counts);
  });

  it("by Temporal's own cancel does the same", async () => {
    const { client, simulator, temporal } = rig;
    const { before } = await inFlight('cancelled');

    await temporal.workflow.getHandle(rolloutWorkflowId('cancelled')).cancel();
    const report = await endedReport(client, 'cancelled');

    expect(report).toMatchObject({ state: 'ABORTED', error: { code: 'cancelled' } });
    expect(report.counts.skipped).toBeGreaterThanOrEqual(4);
    expect(offencesOfRollout(simulator, before, ended(report.images))).toEqual([]);
  });

  it('by a terminate leaves each image finished or as it was, says so, and a redrive does the rest', async () => {
    const { client, simulator, temporal } = rig;
    const { images } = await inFlight('terminated');

    await temporal.workflow.getHandle(rolloutWorkflowId('terminated')).terminate();
    const broken = await client.status('terminated');
    const started = await client.redrive('terminated', { ...rigOrigin, reason: 'it was terminated' });
    const report = await endedReport(client, 'terminated');

    expect(broken).toMatchObject({ state: 'FAILED', error: { code: 'rollout-terminated' }, counts: { total: 8 } });
    expect(started).not.toBeNull();
    expect(report).toMatchObject({ state: 'SUCCEEDED', redriveCount: 1, counts: { total: 8, succeeded: 8 } });
    expect(images.flatMap((image) => idleWritesOf(simulator, image))).toEqual([]);
    expect(images.map((image) => simulator.image(image)?.access.length)).toEqual(images.map(() => 2));
  });
});

describe('the tolerance of a rollout', () => {
  // What is in flight when one fails too many goes on to its end.
  it.each<[ConcurrencyMode, number, number]>([
    ['SOFT_FAILURE_TOLERANCE', 2, 2 + 6],
    ['STRICT_FAILURE_TOLERANCE', 2, 2 + 1],
  ])('with %s and a tolerance of %i lets at most %i images fail', async (concurrencyMode, tolerance, most) => {
    const { client, simulator } = rig;
    const name = `failing-${concurrencyMode.slice(0, 4).toLowerCase()}`;
    const images = plantImages(simulator, namesOf(name, 16), { behaviour: { promotion: 'refused' } });
    const strategy = { ...concurrency(6), failureTolerance: { count: tolerance }, concurrencyMode };

    const report = await rollOut(client, bulkSpec(name, images, { strategy }));

    expect(report).toMatchObject({ state: 'STOPPED', error: { code: 'tolerance-exceeded' } });
    expect(report.counts.compensated).toBeGreaterThan(tolerance);
    expect(report.counts.compensated).toBeLessThanOrEqual(most);
    expect(report.counts.compensated + report.counts.skipped).toBe(16);
    expect(writtenOf(simulator, images)).toHaveLength(report.counts.compensated);
  });

  it('and the concurrency change while it runs, and the change is kept with its reason', async () => {
    const { client, simulator } = rig;
    const failing = plantImages(simulator, namesOf('changed-failing', 2), { behaviour: { promotion: 'refused' } });
    // They take long enough to be seen at work, and none fails before the change.
    const lasting = plantImages(simulator, namesOf('changed', 8), { behaviour: { promotionLagMs: 1_000 } });
    const images = [...lasting, ...failing];
    const strategy = { ...concurrency(1), failureTolerance: { count: 0 } };
    const change = { maxConcurrentCount: 6, failureToleranceCount: 2 };

    await startBulk(client, bulkSpec('changed', images, { strategy }));
    await untilStatus(client, 'changed', ({ state }) => state === 'RUNNING');
    const answers = [
      await client.ask('changed', { kind: 'set', strategy: change }, asking('ann')),
      await client.ask('changed', { kind: 'set', strategy: change }, asking('bob')),
    ];
    const status = await untilStatus(client, 'changed', ({ counts }) => counts.running > 1);
    const report = await endedReport(client, 'changed');

    expect(answers).toEqual([true, false]);
    expect(status.counts.running).toBeGreaterThan(1);
    expect(status.effective).toMatchObject({ ...change, toChange: 10, startsWith: 6 });
    expect(report).toMatchObject({ state: 'COMPLETED_WITH_FAILURES', counts: { compensated: 2, succeeded: 8 } });
    expect(report.messages).toMatchObject([{ who: 'ann', request: { kind: 'set', strategy: change } }]);
  });

  it('is not raised any more where the rollout stops because of it', async () => {
    const { client, simulator } = rig;
    const failing = plantImages(simulator, ['stopping-failing'], { behaviour: { promotion: 'refused' } });
    // They are at work for long after the failure.
    const lasting = plantImages(simulator, namesOf('stopping', 3), { behaviour: { promotionLagMs: 3_000 } });
    const rest = plantImages(simulator, namesOf('stopping-rest', 3));
    const waves = [{ name: 'first', count: 5 }, { name: 'rest' }];
    const strategy = { ...concurrency(4), failureTolerance: { count: 0 }, waves };
    const raise = { kind: 'set', strategy: { failureToleranceCount: 5 } } as const;

    await startBulk(client, bulkSpec('stopping', [...failing, ...lasting, ...rest], { strategy }));
    const status = await untilStatus(client, 'stopping', ({ state }) => state === 'STOPPING');
    const raised = await Promise.allSettled([client.ask('stopping', raise, asking('ann'))]);
    const after = await client.status('stopping');
    const report = await endedReport(client, 'stopping');

    expect(status.counts.running).toBeGreaterThan(0);
    expect(raised).toMatchObject([{ status: 'rejected', reason: { code: 'rollout-finished' } }]);
    expect(after).toMatchObject({ state: 'STOPPING', effective: { failureToleranceCount: 0 }, messages: [] });
    expect(report).toMatchObject({ state: 'STOPPED', error: { code: 'tolerance-exceeded' } });
    expect(report.counts).toMatchObject({ compensated: 1, succeeded: 3, skipped: 3 });
    expect(writtenOf(simulator, rest)).toEqual([]);
    expect(report.images.flatMap(({ error }) => error?.code ?? [])).toEqual(
      expect.arrayContaining(['tolerance-exceeded', 'tolerance-exceeded', 'tolerance-exceeded']),
    );
  });
});

describe('two rollouts over the same images', () => {
  it('never write one at the same time where the second waits', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('contended', 6));

    await startBulk(client, bulkSpec('contended-1', images, { strategy: concurrency(3) }));
    await untilJournal(simulator, 'a first write', () => writtenOf(simulator, images).length > 0);
    const wanted = [onlyOfTheSecond];
    await startBulk(client, bulkSpec('contended-2', images, { wanted, strategy: concurrency(3) }));
    const reports = [await endedReport(client, 'contended-1'), await endedReport(client, 'contended-2')];

    expect(reports.map(({ state, counts }) => [state, counts.succeeded])).toEqual([
      ['SUCCEEDED', 6],
      ['SUCCEEDED', 6],
    ]);
    expect(images.map((image) => turnsOf(image))).toEqual(images.map(() => 2));
    expect(images.map((image) => simulator.image(image)?.access)).toEqual(images.map(() => wanted));
  });

  it.each([
    ['skip', 'SKIPPED', 'image-locked'],
    ['fail', 'FAILED', 'image-locked'],
  ] as const)('with onConflict %s leave the image that is taken %s', async (onConflict, state, code) => {
    const { client, simulator } = rig;
    const names = namesOf(`taken-${onConflict}`, 1);
    const images = plantImages(simulator, names);
    simulator.addFaults(
      images.map((image) => ({ operation: 'PutImagePolicy', image, times: 'always', answer: { kind: 'hang' } })),
    );

    await startBulk(client, bulkSpec(`taken-${onConflict}-1`, images));
    await untilJournal(simulator, 'a put that hangs', () => writesOf(simulator, images[0] ?? '').length > 0);
    const report = await rollOut(client, bulkSpec(`taken-${onConflict}-2`, images, { strategy: { onConflict } }));
    simulator.clearFaults();
    const first = await endedReport(client, `taken-${onConflict}-1`);

    expect(report.images).toMatchObject([{ imageArn: rigImage(names[0] ?? ''), state, error: { code }, attempts: 0 }]);
    expect(first.state).toBe('SUCCEEDED');
  });
});

function ended<Image extends { readonly state: string }>(images: readonly Image[]): readonly Image[] {
  return images.filter(({ state }) => state !== 'SKIPPED');
}

/** How often the writer of an image changed, seen by whom it was shared with: the two rollouts want different accounts. */
function turnsOf(image: string): number {
  const wanted = rig.simulator
    .accessHistory(image)
    .map(({ principals }) => (principals.includes(onlyOfTheSecond) ? 'second' : 'first'));
  return wanted.filter((who, index) => index === 0 || who !== wanted[index - 1]).length;
}

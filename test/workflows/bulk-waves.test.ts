import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RolloutReport, StatusReport } from '../../src/contracts/report.ts';
import { sumCounts } from '../../src/domain/image-state.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, rollOut, startRig } from '../support/rig.ts';
import { asking, bulkSpec, namesOf, plantImages, startBulk, untilStatus, writtenOf } from '../support/rig-bulk.ts';
import { principals } from '../support/rig-images.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

const day = 86_400_000;
const canary = { name: 'canary', count: 2 };
const rest = { name: 'rest' };

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function statesOf({ images }: RolloutReport): readonly string[] {
  return images.map(({ wave, state }) => `${wave ?? '-'} ${state}`).toSorted();
}

describe('a rollout in waves', () => {
  it('waits behind a wave for a soak and for as many people as it asks for', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('gated', 5));
    const gate = { soakMs: 300, approval: { required: 2, timeoutMs: day } };
    const spec = bulkSpec('gated', images, { strategy: { waves: [{ ...canary, ...gate }, rest] } });

    await startBulk(client, spec);
    const waiting = await untilStatus(client, 'gated', ({ awaits }) => awaits?.kind === 'approval');
    const writtenBefore = writtenOf(simulator, images);
    const answers = [
      await client.ask('gated', { kind: 'approve' }, asking('ann')),
      await client.ask('gated', { kind: 'approve' }, asking('ann')),
    ];
    const stillWaiting = await client.status('gated');
    await client.ask('gated', { kind: 'approve' }, asking('bob'));
    const report = await endedReport(client, 'gated');

    expect(waiting).toMatchObject({
      state: 'WAITING_FOR_APPROVAL',
      effective: { toChange: 5, maxConcurrentCount: 50 },
      waves: [
        { name: 'canary', state: 'WAITING_FOR_APPROVAL', imageCount: 2 },
        { name: 'rest', state: 'PENDING', imageCount: 3 },
      ],
      counts: { total: 5, succeeded: 2, pending: 3 },
    });
    expect(waiting.awaits?.text).toMatch(/: policy-rollout approve gated --reason "why"$/);
    expect(writtenBefore).toHaveLength(2);
    expect(answers).toEqual([true, false]);
    expect(stillWaiting.state).toBe('WAITING_FOR_APPROVAL');
    expect(report.state).toBe('SUCCEEDED');
    expect(statesOf(report)).toEqual(['canary', 'canary', 'rest', 'rest', 'rest'].map((name) => `${name} SUCCEEDED`));
    expect(report.messages.map(({ who, request, reason }) => [who, request.kind, reason])).toEqual([
      ['ann', 'approve', 'ann has a reason'],
      ['bob', 'approve', 'bob has a reason'],
    ]);
  });

  it('has counts that add up whenever somebody looks, wave by wave and as a whole', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('counted', 12));
    const refused = plantImages(simulator, namesOf('counted-refused', 4), { behaviour: { promotion: 'refused' } });
    const all = [...images, ...refused];
    const waves = [{ ...canary, soakMs: 100, failureToleranceCount: 2 }, { name: 'some', count: 5 }, rest];
    const seen: StatusReport[] = [];

    await startBulk(client, bulkSpec('counted', all, { strategy: { waves, maxConcurrent: { count: 6 } } }));
    for await (const status of client.follow('counted', { intervalMs: 1 })) seen.push(status);
    const report = await client.report('counted');

    const planned = seen.filter(({ waves: known }) => known.length > 0);
    const parts = planned.flatMap(({ waves: known }) => known.map(({ counts }) => counts));
    const wrong = [...planned.map(({ counts }) => counts), ...parts].filter(
      ({ total, ...states }) => total !== sumOf(states),
    );
    const last = planned.at(-1);
    expect(planned.length).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
    expect(
      planned.filter(
        ({ counts, waves: known }) => !isDeepStrictEqual(counts, sumCounts(known.map((one) => one.counts))),
      ),
    ).toEqual([]);
    expect(parts.some(({ running, succeeded }) => running > 0 && succeeded > 0)).toBe(true);
    expect(last?.waves.map(({ name, counts }) => ({ name, counts }))).toEqual(report.waves);
    expect(last?.counts).toMatchObject({ total: 16, succeeded: 12, compensated: 4 });
  });

  it('stops where somebody rejects, and what was done stays', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('rejected', 4));
    const waves = [{ ...canary, approval: { required: 1, timeoutMs: day } }, rest];

    await startBulk(client, bulkSpec('rejected', images, { strategy: { waves } }));
    await untilStatus(client, 'rejected', ({ awaits }) => awaits?.kind === 'approval');
    await client.ask('rejected', { kind: 'reject' }, asking('bob'));
    const report = await endedReport(client, 'rejected');

    expect(report).toMatchObject({
      state: 'STOPPED',
      error: { code: 'rollout-rejected', detail: 'bob: bob has a reason' },
    });
    expect(statesOf(report)).toEqual(['canary SUCCEEDED', 'canary SUCCEEDED', 'rest SKIPPED', 'rest SKIPPED']);
    expect(writtenOf(simulator, images)).toHaveLength(2);
  });

  it('takes silence for a no', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('silent', 3));
    const waves = [{ ...canary, approval: { required: 1, timeoutMs: 500 } }, rest];

    const report = await rollOut(client, bulkSpec('silent', images, { strategy: { waves } }));

    expect(report).toMatchObject({ state: 'STOPPED', error: { code: 'rollout-rejected' }, counts: { skipped: 1 } });
  });

  it('looks at the images again after a soak, and stops where one is not in sync any more', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('soaked', 4));
    const waves = [{ ...canary, soakMs: 15_000 }, rest];

    await startBulk(client, bulkSpec('soaked', images, { strategy: { waves } }));
    await untilStatus(client, 'soaked', ({ state }) => state === 'SOAKING');
    const [drifting = ''] = writtenOf(simulator, images);
    simulator.act({ kind: 'disassociate', image: drifting, principals: [principals.a] });
    const report = await endedReport(client, 'soaked');

    expect(report.state).toBe('STOPPED');
    expect(statesOf(report)).toEqual(['canary FAILED', 'canary SUCCEEDED', 'rest SKIPPED', 'rest SKIPPED']);
    expect(report.images.find(({ imageArn }) => imageArn === drifting)?.error?.code).toBe('not-in-sync');
    expect((await client.status('soaked')).counts).toEqual(report.counts);
  });

  it('skips the soak and the approval that somebody advances, and pauses while images cannot be read in between', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('advanced', 3));
    const waves = [{ ...canary, soakMs: day, approval: { required: 3, timeoutMs: day } }, rest];
    const unread = { kind: 'error', name: 'AccessDeniedException', status: 403 } as const;

    await startBulk(client, bulkSpec('advanced', images, { strategy: { waves } }));
    await untilStatus(client, 'advanced', ({ awaits }) => awaits?.kind === 'soak');
    simulator.addFaults([{ operation: 'GetImagePolicy', times: 'always', answer: unread }]);
    await client.ask('advanced', { kind: 'advance' }, asking('ann'));
    const paused = await untilStatus(client, 'advanced', ({ state }) => state === 'PAUSED');
    simulator.clearFaults();
    await client.ask('advanced', { kind: 'resume' }, asking('ann'));
    await untilStatus(client, 'advanced', ({ awaits }) => awaits?.kind === 'approval');
    await client.ask('advanced', { kind: 'advance' }, asking('ann'));
    const report = await endedReport(client, 'advanced');

    expect(paused).toMatchObject({ counts: { succeeded: 2, failed: 0 }, failures: [] });
    expect(paused.awaits?.text).toMatch(/the soak of wave canary is over, and 2 of its images could not be read/);
    expect(report).toMatchObject({ state: 'SUCCEEDED', counts: { succeeded: 3 } });
  });

  it('takes an answer only where there is a question, and nothing after its end', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('asked', 2));
    const waves = [{ name: 'canary', count: 1, soakMs: day }, rest];

    await startBulk(client, bulkSpec('asked', images, { strategy: { waves } }));
    await untilStatus(client, 'asked', ({ awaits }) => awaits?.kind === 'soak');
    const early = client.ask('asked', { kind: 'approve' }, asking('ann'));
    await expect(early).rejects.toMatchObject({ code: 'nothing-awaited' });
    await client.ask('asked', { kind: 'advance' }, asking('ann'));
    await client.outcome('asked');

    await expect(client.ask('asked', { kind: 'pause' }, asking('ann'))).rejects.toMatchObject({
      code: 'rollout-finished',
    });
    await expect(client.ask('never-started', { kind: 'pause' }, asking('ann'))).rejects.toMatchObject({
      code: 'rollout-not-found',
    });
  });

  it('takes percentages of the images that have to be changed', async () => {
    const { client, simulator } = rig;
    const images = plantImages(simulator, namesOf('shared-out', 12));
    const [first, second, ...others] = images;
    await startBulk(
      client,
      bulkSpec(
        'shared-out-before',
        [first, second].flatMap((image) => image ?? []),
      ),
    );
    await client.outcome('shared-out-before');
    const strategy = {
      waves: [{ name: 'canary', percentage: 20, soakMs: day }, rest],
      maxConcurrent: { percentage: 30 },
      failureTolerance: { percentage: 15 },
    };

    await startBulk(client, bulkSpec('shared-out', images, { strategy }));
    const status = await untilStatus(client, 'shared-out', ({ awaits }) => awaits?.kind === 'soak');
    await client.ask('shared-out', { kind: 'advance' }, asking('ann'));
    const report = await endedReport(client, 'shared-out');

    expect(others).toHaveLength(10);
    expect(status.effective).toMatchObject({ toChange: 10, maxConcurrentCount: 3, failureToleranceCount: 1 });
    expect(status.waves.map(({ imageCount }) => imageCount)).toEqual([2, 8]);
    expect(report.counts).toMatchObject({ total: 12, unchanged: 2, succeeded: 10 });
  });
});

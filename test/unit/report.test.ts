import { describe, expect, it } from 'vitest';
import type { BatchHistory } from '../../src/client/batch-history.ts';
import type { HistoryEvent } from '../../src/client/history.ts';
import { exitCodeOfRollout } from '../../src/cli/exit-codes.ts';
import { lostBatchIn } from '../../src/client/lost-batch.ts';
import { mergedReport } from '../../src/client/merged-report.ts';
import { reportOfRuns } from '../../src/client/read-report.ts';
import { batchesOf, buildReport } from '../../src/client/report.ts';
import { failuresIn } from '../../src/client/reported-failures.ts';
import { writtenImages } from '../../src/client/written-images.ts';
import type { Inspection, Verdict } from '../../src/contracts/activities.ts';
import type { BatchOutcome } from '../../src/contracts/batch.ts';
import type { ImageOutcome } from '../../src/contracts/image.ts';
import type { ReportedImage, RolloutReport } from '../../src/contracts/report.ts';
import type { OnConflict, RolloutError, RolloutInput, RolloutOutcome, Strategy } from '../../src/contracts/rollout.ts';
import { imageWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import { compactImageSet } from '../../src/domain/image-set.ts';
import type { ImageState, RolloutState } from '../../src/domain/image-state.ts';
import { pendingCounts } from '../../src/domain/image-state.ts';
import { defaultTiming } from '../../src/domain/timing.ts';
import { anySelection } from '../support/builders.ts';

const batchId = 'rollout/golden/0a1b2c3d/all/0000';
const [web1, web2, web3] = [anImage(1), anImage(2), anImage(3)];

function anImage(build: number): ImageArn {
  return parseImageArn(`arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/${build}`);
}

function anInput(
  images: readonly ImageArn[],
  { onConflict = 'wait', waves = [{ name: 'all' }] }: Partial<Pick<Strategy, 'onConflict' | 'waves'>> = {},
): RolloutInput {
  return {
    spec: {
      rolloutName: 'golden',
      policyTemplate: null,
      policySha256: 'e3b0',
      images: compactImageSet(images),
      selections: [],
      exclude: [],
      guardrails: { allowWildcardPrincipal: false, maxImages: 500, maxChangedPercentage: 100, requiredTags: {} },
      strategy: {
        waves,
        maxConcurrent: { count: 10 },
        failureTolerance: { count: 0 },
        concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
        onConflict,
      },
      options: {
        foreignShares: 'block',
        onNotVisible: 'keep',
        ownerRoles: {},
        consumerRoles: {},
        timing: defaultTiming,
      },
      manifestSha256: 'abcd',
    },
    origin: {
      startedBy: 'ann@host',
      reason: 'new account',
      annotations: { ticket: 'CHG-1' },
      isSkippingBlocked: true,
      isEmptyAllowed: false,
      overrides: ['maxImages'],
    },
  };
}

function evidenceIn(runId: string) {
  return { workflowId: imageWorkflowId(web1), runId };
}

function anOutcome(image: ImageArn, more: Partial<ImageOutcome> = {}): ImageOutcome {
  return {
    imageArn: image,
    state: 'SUCCEEDED',
    grantsSha256: { before: 'b', after: 'a' },
    shareArns: ['arn:share'],
    hasWritten: true,
    requestIds: ['r-1'],
    visibility: [{ principal: '222222222222', verdict: 'VISIBLE' }],
    ...more,
  };
}

function started(input: unknown): HistoryEvent {
  return { kind: 'started', at: '2026-11-24T07:00:00.000Z', input };
}

function ended(state: RolloutState, error?: RolloutError): HistoryEvent {
  const nothing = { failures: [], throttledCount: 0, waves: [], messages: [], limitsSha256: null };
  const result: RolloutOutcome = {
    state,
    counts: pendingCounts(0),
    ...nothing,
    ...(error === undefined ? {} : { error }),
  };
  return { kind: 'ended', at: '2026-11-24T07:01:00.000Z', how: 'completed', result, failure: null };
}

function inspection(
  verdicts: readonly (readonly [ImageArn, Verdict])[],
  limitsSha256: string | null = null,
  type = 'inspectImages',
): HistoryEvent[] {
  const result: Inspection = { verdicts: verdicts.map(([image, verdict]) => ({ image, verdict })), limitsSha256 };
  const eventId = type === 'inspectImages' ? '5' : '500';
  const input = { images: compactImageSet(verdicts.map(([image]) => image)) };
  return [
    { kind: 'activity-scheduled', eventId, type, input },
    { kind: 'activity-completed', scheduledId: eventId, result },
  ];
}

function childStarted(image: ImageArn): HistoryEvent[] {
  const workflowId = imageWorkflowId(image);
  return [
    { kind: 'child-initiated', type: 'rolloutImage', workflowId, input: null },
    { kind: 'child-started', workflowId, runId: 'run' },
  ];
}

function childEnded(
  image: ImageArn,
  end: Partial<Extract<HistoryEvent, { kind: 'child-ended' }>>,
): Extract<HistoryEvent, { kind: 'child-ended' }> {
  return {
    kind: 'child-ended',
    workflowId: imageWorkflowId(image),
    how: 'completed',
    result: null,
    failure: null,
    ...end,
  };
}

function reportOf(
  images: readonly ImageArn[],
  batch: readonly HistoryEvent[],
  end: readonly HistoryEvent[],
  {
    looks = [],
    waves,
    outliving = [],
  }: {
    readonly looks?: readonly HistoryEvent[];
    readonly waves?: Strategy['waves'];
    readonly outliving?: BatchHistory['outliving'];
  } = {},
) {
  return buildReport({
    rolloutName: 'golden',
    workflowId: 'rollout/golden',
    runId: 'root-run',
    root: [
      started(anInput(images, waves === undefined ? {} : { waves })),
      ...looks,
      { kind: 'child-initiated', type: 'rolloutBatch', workflowId: batchId, input: null },
      { kind: 'child-started', workflowId: batchId, runId: 'batch-run' },
      ...end,
    ],
    batches: [{ workflowId: batchId, events: batch, outliving }],
  });
}

describe('the head of a report', () => {
  it('tells who started what, when and why', () => {
    const report = reportOf([web1], [], [ended('ABORTED')]);

    expect(report).toMatchObject({
      formatVersion: 1,
      rolloutName: 'golden',
      workflowId: 'rollout/golden',
      runId: 'root-run',
      state: 'ABORTED',
      startedAt: '2026-11-24T07:00:00.000Z',
      finishedAt: '2026-11-24T07:01:00.000Z',
      startedBy: 'ann@host',
      reason: 'new account',
      annotations: { ticket: 'CHG-1' },
      manifestSha256: 'abcd',
    });
  });

  it('takes the hash of the limits from the inspection where the end does not tell it', () => {
    const looks = inspection([[web1, { action: 'CHANGE' }]], 'f00d');

    const report = reportOf([web1], [], [], { looks });

    expect(report).toMatchObject({ state: 'RUNNING', finishedAt: null, limitsSha256: 'f00d' });
  });

  it('is FAILED where the rollout was terminated, and says that images in flight go on', () => {
    const end: HistoryEvent = {
      kind: 'ended',
      at: '2026-11-24T07:01:00.000Z',
      how: 'terminated',
      result: null,
      failure: null,
    };

    const { state, error, images } = reportOf([web1, web2], childStarted(web1), [end]);

    expect({ state, error }).toEqual({
      state: 'FAILED',
      error: { code: 'rollout-terminated', detail: 'rollout/golden was ended at 2026-11-24T07:01:00.000Z' },
    });
    expect(images.map((image) => [image.state, image.error?.code])).toEqual([
      ['RUNNING', undefined],
      ['SKIPPED', 'rollout-terminated'],
    ]);
  });

  it('is refused for a workflow that is not a rollout', () => {
    const root = [started({ image: web1 })];

    expect(() => buildReport({ rolloutName: 'x', workflowId: 'x', runId: 'r', root, batches: [] })).toThrow(
      expect.objectContaining({ code: 'rollout-not-found' }),
    );
  });
});

describe('the images of a report', () => {
  it('are those of the manifest, each once, and the counts are theirs', () => {
    const looks = inspection([
      [web1, { action: 'CHANGE' }],
      [web2, { action: 'UNCHANGED', grantsSha256: 'g', shareArns: ['arn:s'], residue: [] }],
      [web3, { action: 'BLOCKED', code: 'share-not-ours', detail: 'share x' }],
    ]);
    const batch = [...childStarted(web1), childEnded(web1, { result: anOutcome(web1) })];

    const { images, counts, waves } = reportOf([web1, web2, web3], batch, [ended('SUCCEEDED')], { looks });

    expect(images.map(({ imageArn, state, attempts }) => [imageArn, state, attempts])).toEqual([
      [web1, 'SUCCEEDED', 1],
      [web2, 'UNCHANGED', 0],
      [web3, 'SKIPPED', 0],
    ]);
    expect(counts).toEqual({ ...pendingCounts(0), total: 3, succeeded: 1, unchanged: 1, skipped: 1 });
    expect(waves).toEqual([{ name: 'all', counts: { ...pendingCounts(0), total: 1, succeeded: 1 } }]);
  });

  it('are also those that were found when the rollout started', () => {
    const looks = inspection([
      [web1, { action: 'CHANGE' }],
      [web2, { action: 'CHANGE' }],
    ]);

    const { images } = reportOf([web1], [], [], { looks });

    expect(images.map(({ imageArn, wave }) => [imageArn, wave])).toEqual([
      [web1, 'all'],
      [web2, 'all'],
    ]);
  });

  it('are in the waves that they were dealt to, whether the wave was begun or not', () => {
    const looks = inspection([
      [web1, { action: 'CHANGE' }],
      [web2, { action: 'CHANGE' }],
      [web3, { action: 'UNCHANGED', grantsSha256: 'g', shareArns: [], residue: [] }],
    ]);
    const waves = [{ name: 'canary', count: 1 }, { name: 'rest' }];
    const end = ended('STOPPED', { code: 'rollout-rejected', detail: 'bob: no' });

    const report = reportOf([web1, web2, web3], childStarted(web1), [end], { looks, waves });

    expect(report.images.map(({ wave, state }) => [wave, state])).toEqual([
      ['canary', 'FAILED'],
      ['rest', 'SKIPPED'],
      [null, 'UNCHANGED'],
    ]);
    expect(report.waves.map(({ name, counts }) => [name, counts.total])).toEqual([
      ['canary', 1],
      ['rest', 1],
    ]);
    expect(report.images[1]?.error).toMatchObject({ code: 'rollout-rejected', detail: 'bob: no' });
  });

  it('that a soak found changed are FAILED although their own workflow succeeded', () => {
    const looks = [
      ...inspection([
        [web1, { action: 'CHANGE' }],
        [web2, { action: 'CHANGE' }],
      ]),
      ...inspection(
        [
          [web1, { action: 'UNCHANGED', grantsSha256: 'g', shareArns: [], residue: [] }],
          [web2, { action: 'CHANGE' }],
        ],
        null,
        'reinspectImages',
      ),
    ];
    const batch = [web1, web2].flatMap((image) => [
      ...childStarted(image),
      childEnded(image, { result: anOutcome(image) }),
    ]);

    const { images } = reportOf([web1, web2], batch, [ended('STOPPED')], { looks });

    expect(images.map(({ state, error }) => [state, error?.code])).toEqual([
      ['SUCCEEDED', undefined],
      ['FAILED', 'not-in-sync'],
    ]);
  });

  it('carry the evidence of their own workflow', () => {
    const batch = [...childStarted(web1), childEnded(web1, { result: anOutcome(web1, { residue: ['promoted'] }) })];

    const { images } = reportOf([web1], batch, [ended('SUCCEEDED')]);

    const { hasWritten, ...shown } = anOutcome(web1, { residue: ['promoted'] });
    expect(images).toEqual([{ ...shown, wave: 'all', attempts: 1, ...evidenceIn('run') }]);
  });

  it('name the grants and shares of an image that was in sync', () => {
    const verdict: Verdict = {
      action: 'UNCHANGED',
      grantsSha256: 'g',
      shareArns: ['arn:s'],
      residue: ['unpromoted-share'],
    };

    const { images } = reportOf([web1], [], [ended('SUCCEEDED')], { looks: inspection([[web1, verdict]]) });

    expect(images[0]).toMatchObject({
      grantsSha256: { before: 'g', after: 'g' },
      shareArns: ['arn:s'],
      residue: ['unpromoted-share'],
    });
  });

  it('take the outcome out of a failure, with the words of the registry', () => {
    const error = { code: 'promotion-refused', detail: 'RAM says no', requestId: 'r-9' } as const;
    const outcome = anOutcome(web1, { state: 'COMPENSATED', error, runbook: 'aws …' });
    const failure = { type: 'promotion-refused', message: 'RAM says no', details: [outcome] };
    const batch = [...childStarted(web1), childEnded(web1, { how: 'failed', failure })];

    const { images } = reportOf([web1], batch, [ended('COMPLETED_WITH_FAILURES')]);

    expect(images[0]).toMatchObject({
      state: 'COMPENSATED',
      runbook: 'aws …',
      error: {
        code: 'promotion-refused',
        title: 'RAM refuses to promote the share',
        detail: 'RAM says no',
        hint: expect.stringMatching(/^Check the policy/) as string,
        requestId: 'r-9',
      },
    });
  });

  it.each([
    ['a code of ours', 'image-gone', 'image-gone'],
    ['another type', 'TypeError', 'internal'],
    ['no type', null, 'internal'],
  ])('that failed without an outcome need a person, with %s', (_what, type, code) => {
    const failure = { type, message: 'text', details: [] };
    const batch = [...childStarted(web1), childEnded(web1, { how: 'failed', failure })];

    const { images } = reportOf([web1], batch, [ended('COMPLETED_WITH_FAILURES')]);

    expect(images[0]).toMatchObject({ state: 'COMPENSATION_FAILED', error: { code, detail: 'text' } });
  });

  it.each<[RolloutState, RolloutError | undefined, string]>([
    ['STOPPED', { code: 'tolerance-exceeded', detail: 'x' }, 'tolerance-exceeded'],
    ['STOPPED', { code: 'rollout-rejected', detail: 'x' }, 'rollout-rejected'],
    ['ABORTED', { code: 'cancelled', detail: 'x' }, 'cancelled'],
    ['FAILED', { code: 'aws-credentials-expired', detail: 'x' }, 'aws-credentials-expired'],
    ['REFUSED', { code: 'guardrail-violated', detail: 'x' }, 'guardrail-violated'],
    ['REFUSED', { code: 'images-blocked', detail: 'x' }, 'images-blocked'],
    ['FAILED', undefined, 'cancelled'],
  ])('that were never started are SKIPPED, for the reason that the rollout ended %s', (state, error, code) => {
    const { images } = reportOf([web1], [], [ended(state, error)]);

    expect(images[0]).toMatchObject({ state: 'SKIPPED', error: { code } });
  });

  it.each([
    [true, 'What had been written was put back. Apply the manifest again'],
    [false, 'Nothing had been written. Apply the manifest again'],
  ])('that were cancelled say what became of what was written (%s)', (hasWritten, words) => {
    const error = { code: 'cancelled', detail: 'The image was cancelled' } as const;
    const result = anOutcome(web1, { state: 'CANCELLED', hasWritten, error });

    const { images } = reportOf([web1], [...childStarted(web1), childEnded(web1, { result })], [ended('ABORTED')]);

    expect(images[0]?.error?.hint).toContain(words);
  });

  it('are PENDING and RUNNING while the rollout goes on', () => {
    const { images, counts } = reportOf([web1, web2], childStarted(web1), []);

    expect(images.map(({ state }) => state)).toEqual(['RUNNING', 'PENDING']);
    expect(counts).toMatchObject({ total: 2, running: 1, pending: 1 });
  });

  it('say themselves how they ended where their batch was terminated, and are SKIPPED where it had not started them', () => {
    const at = '2026-11-24T07:00:30.000Z';
    const own: HistoryEvent = { kind: 'ended', at, how: 'completed', result: anOutcome(web1), failure: null };
    const cut: HistoryEvent = { kind: 'ended', at, how: 'terminated', result: null, failure: null };
    const batch = [started({ images: compactImageSet([web1, web2]) }), ...childStarted(web1), cut];
    const outliving = [{ workflowId: imageWorkflowId(web1), events: [own] }];

    const { images } = reportOf([web1, web2], batch, [ended('COMPLETED_WITH_FAILURES')], { outliving });

    expect(images).toMatchObject([
      { state: 'SUCCEEDED', runId: 'run', attempts: 1 },
      { state: 'SKIPPED', error: { code: 'rollout-terminated' } },
    ]);
  });

  it('are FAILED where their batch was terminated and their own histories are gone', () => {
    const { images } = reportOf([web1], childStarted(web1), [ended('COMPLETED_WITH_FAILURES')]);

    expect(images[0]).toMatchObject({ state: 'FAILED', error: { code: 'internal' } });
  });

  it('need a person where their workflow was terminated', () => {
    const batch = [...childStarted(web1), childEnded(web1, { how: 'terminated' })];

    const { images } = reportOf([web1], batch, [ended('COMPLETED_WITH_FAILURES')]);

    expect(images[0]).toMatchObject({ state: 'COMPENSATION_FAILED', error: { code: 'image-terminated' } });
  });

  it('are counted as often as a transaction was started for them', () => {
    const locked = childEnded(web1, { how: 'not-started' });
    const [initiated] = childStarted(web1);
    const batch = [initiated, locked, ...childStarted(web1), childEnded(web1, { result: anOutcome(web1) })];

    const { images } = reportOf(
      [web1],
      batch.flatMap((event) => event ?? []),
      [ended('SUCCEEDED')],
    );

    expect(images[0]).toMatchObject({ state: 'SUCCEEDED', attempts: 1 });
  });

  it('that were started again tell how often, and how the last attempt ended', () => {
    const failure = { type: 'image-busy', message: 'text', details: [anOutcome(web1, { state: 'FAILED' })] };
    const batch = [
      ...childStarted(web1),
      childEnded(web1, { how: 'failed', failure }),
      ...childStarted(web1),
      childEnded(web1, { result: anOutcome(web1) }),
    ];

    const { images } = reportOf([web1], batch, [ended('SUCCEEDED')]);

    expect(images[0]).toMatchObject({ state: 'SUCCEEDED', attempts: 2 });
  });

  it.each<[OnConflict, string]>([
    ['skip', 'SKIPPED'],
    ['fail', 'FAILED'],
  ])('say which lock they gave way to, with onConflict %s', (onConflict, state) => {
    const [initiated] = childStarted(web1);
    const batch = [initiated, childEnded(web1, { how: 'not-started' })].flatMap((event) => event ?? []);

    const { images } = buildReport({
      rolloutName: 'golden',
      workflowId: 'rollout/golden',
      runId: 'root-run',
      root: [started(anInput([web1], { onConflict })), ended('SUCCEEDED')],
      batches: [{ workflowId: batchId, events: batch, outliving: [] }],
    });

    expect(images[0]).toMatchObject({ state, attempts: 0, error: { code: 'image-locked' } });
  });

  it('of another rollout do not get in', () => {
    const batch = [...childStarted(web2), childEnded(web2, { result: anOutcome(web2) })];

    expect(reportOf([web1], batch, []).images.map(({ imageArn }) => imageArn)).toEqual([web1]);
  });
});

describe('the images that a rollout looks for', () => {
  const terminated: HistoryEvent = {
    kind: 'ended',
    at: '2026-11-24T07:01:00.000Z',
    how: 'terminated',
    result: null,
    failure: null,
  };

  /** A rollout that names an image and looks for others in two Regions. */
  function selecting(named: readonly ImageArn[], events: readonly HistoryEvent[], exclude: readonly string[] = []) {
    const input = anInput(named);
    const selections = [{ ...anySelection, regions: ['us-east-1', 'eu-west-1'] }];
    const spec = { ...input.spec, selections, exclude };
    const root = [started({ ...input, spec }), ...events];
    return { rolloutName: 'golden', workflowId: 'rollout/golden', runId: 'root-run', root, batches: [] };
  }

  function answer(eventId: string, found: readonly ImageArn[]): HistoryEvent[] {
    return [
      { kind: 'activity-scheduled', eventId, type: 'selectImages', input: null },
      { kind: 'activity-completed', scheduledId: eventId, result: compactImageSet(found) },
    ];
  }

  it('are in its report as soon as they are found, whether somebody has looked at them or not', () => {
    const begun: HistoryEvent = {
      kind: 'activity-scheduled',
      eventId: '90',
      type: 'inspectImages',
      input: { images: compactImageSet([web1]) },
    };
    const events = [...answer('5', [web2]), ...answer('6', [web3, web2]), begun, terminated];

    const report = buildReport(selecting([web1], events));

    expect(report.images.map(({ imageArn, state, error }) => [imageArn, state, error?.code])).toEqual([
      [web1, 'SKIPPED', 'rollout-terminated'],
      [web2, 'SKIPPED', 'rollout-terminated'],
      [web3, 'SKIPPED', 'rollout-terminated'],
    ]);
    expect(report).toMatchObject({
      areImagesKnown: true,
      repeats: { count: 1, of: 4, first: web2 },
      counts: { total: 3, skipped: 3 },
    });
  });

  it('are without those that the manifest leaves out', () => {
    const events = [...answer('5', [web2]), ...answer('6', [web3]), terminated];

    const { images } = buildReport(selecting([web1], events, ['*:image/web/1.0.0/3']));

    expect(images.map(({ imageArn }) => imageArn)).toEqual([web1, web2]);
  });

  it('are not known before every selection has its answer', () => {
    const asked = answer('6', []).slice(0, 1);

    const report = buildReport(selecting([web1], [...answer('5', [web2]), ...asked, terminated]));

    expect(report).toMatchObject({ areImagesKnown: false, repeats: null, counts: { total: 1 } });
    expect(report.images.map(({ imageArn }) => imageArn)).toEqual([web1]);
  });

  it('are in no wave where not all have been looked at', () => {
    const looks = inspection([[web1, { action: 'CHANGE' }]]);
    const events = [...answer('7', [web2]), ...answer('8', []), ...looks, terminated];

    const { waves, images } = buildReport(selecting([web1], events));

    expect(waves).toEqual([]);
    expect(images.map(({ wave }) => wave)).toEqual([null, null]);
  });

  it('are those that a redrive found, where the run before it knew none', () => {
    const failed = buildReport(selecting([web1], [ended('FAILED', { code: 'aws-access-denied', detail: 'no' })]));
    const events = [...answer('5', [web2]), ...answer('6', [web1]), ended('SUCCEEDED')];

    const merged = mergedReport(failed, buildReport(selecting([web1], events)));

    expect(merged.images.map(({ imageArn }) => imageArn)).toEqual([web1, web2]);
    expect(merged).toMatchObject({ areImagesKnown: true, counts: { total: 2 }, repeats: { count: 1, of: 3 } });
  });
});

describe('the failures of a report', () => {
  it('are the first twenty causes, as a root would tell them', () => {
    const failed = Array.from({ length: 30 }, (_, at) => anImage(at + 1));
    const skipped = anImage(100);
    const failure = { type: 'internal', message: 'x'.repeat(1_000), details: [] };
    const batch = failed.flatMap((image) => [...childStarted(image), childEnded(image, { how: 'failed', failure })]);
    const end = ended('STOPPED', { code: 'tolerance-exceeded', detail: 'x' });

    const failures = failuresIn(reportOf([skipped, ...failed], batch, [end]).images);

    expect(failures.map(({ imageArn }) => imageArn)).toEqual(failed.slice(0, 20));
    expect(failures[0]).toEqual({ imageArn: failed[0], code: 'internal', detail: 'x'.repeat(300) });
  });
});

describe('the batches of a rollout', () => {
  it('are those that were started, in their order', () => {
    const root: HistoryEvent[] = [
      { kind: 'child-initiated', type: 'rolloutBatch', workflowId: 'b1', input: null },
      { kind: 'child-initiated', type: 'rolloutBatch', workflowId: 'b2', input: null },
      { kind: 'child-initiated', type: 'rolloutBatch', workflowId: 'b3', input: null },
      { kind: 'child-started', workflowId: 'b2', runId: 'r2' },
      { kind: 'child-started', workflowId: 'b1', runId: 'r1' },
    ];

    expect(batchesOf(root)).toEqual(['b2', 'b1']);
  });
});

describe('a batch of which Temporal has forgotten the history', () => {
  const counts = { ...pendingCounts(0), total: 4, succeeded: 1, unchanged: 1, compensationFailed: 1, skipped: 1 };
  const web4 = anImage(4);
  const all = [web1, web2, web3, web4];
  const outcome: BatchOutcome = {
    counts,
    failures: [{ imageArn: web4, code: 'share-failed', detail: 'RAM gave up' }],
    throttledCount: 0,
    unchanged: compactImageSet([web2]),
    unsettled: compactImageSet([web3, web4]),
  };
  const root: HistoryEvent[] = [
    started(anInput(all)),
    { kind: 'child-initiated', type: 'rolloutBatch', workflowId: batchId, input: { images: compactImageSet(all) } },
    { kind: 'child-started', workflowId: batchId, runId: 'batch-run' },
    { kind: 'child-ended', workflowId: batchId, how: 'completed', result: outcome, failure: null },
    ended('STOPPED', { code: 'rollout-rejected', detail: 'bob: no' }),
  ];
  const batch = { workflowId: batchId, events: [], outliving: [], lost: lostBatchIn(root, batchId) };

  it('has its images in the report as its root knows them, with the same counts', () => {
    const head = { rolloutName: 'golden', workflowId: 'rollout/golden', runId: 'root-run', root };

    const report = buildReport({ ...head, batches: [batch] });

    expect(report.counts).toEqual(counts);
    expect(report.images.map(({ state, error }) => [state, error?.code])).toEqual([
      ['SUCCEEDED', undefined],
      ['UNCHANGED', undefined],
      ['SKIPPED', 'baseline-lost'],
      ['COMPENSATION_FAILED', 'share-failed'],
    ]);
  });

  it('has left something at every image of which nobody knows better, so an undo cannot pass over it', () => {
    expect(writtenImages([{ batches: [batch] }])).toEqual(compactImageSet([web1, web3, web4]));
  });

  it('is known by what its root found out where it was ended from outside', () => {
    const [start, initiated, began] = root;
    const account: HistoryEvent[] = [
      { kind: 'activity-scheduled', eventId: '70', type: 'accountForBatch', input: { workflowId: batchId } },
      { kind: 'activity-completed', scheduledId: '70', result: { outcome, ended: [] } },
    ];
    const events = [start, initiated, began, ...account].flatMap((event) => event ?? []);

    expect(lostBatchIn(events, batchId)).toEqual({ images: all, outcome });
  });
});

describe('the report of a redriven rollout', () => {
  function aRun(image: ReportedImage | undefined, end: HistoryEvent): RolloutReport {
    const report = reportOf([web1], [], [end]);
    return { ...report, images: image === undefined ? report.images : [image] };
  }

  function reported(state: ImageState, more: Partial<ReportedImage> = {}): ReportedImage {
    const { hasWritten: _, error: __, ...outcome } = anOutcome(web1);
    return { ...outcome, state, wave: 'all', attempts: 1, ...evidenceIn('first'), ...more };
  }

  const lost = reported('COMPENSATION_FAILED', {
    runbook: 'aws ...',
    error: { code: 'share-failed', title: '', detail: 'RAM gave up', hint: '' },
  });
  const refused = ended('REFUSED', { code: 'guardrail-violated', detail: 'too many' });

  it('keeps state, runbook and evidence of an image that the redrive did not start, and says why it did not', () => {
    const merged = mergedReport(aRun(lost, ended('STOPPED')), aRun(undefined, refused));

    expect(merged.images).toMatchObject([{ state: 'COMPENSATION_FAILED', runbook: 'aws ...', requestIds: ['r-1'] }]);
    expect(merged.images[0]?.error?.detail).toBe(
      'RAM gave up; the redrive left it so, because of guardrail-violated: too many',
    );
    expect(exitCodeOfRollout({ ...merged, failures: [] })).toBe(5);
  });

  it.each<[string, ReportedImage, ImageState]>([
    ['failed before its first write', reported('FAILED', { requestIds: [] }), 'COMPENSATION_FAILED'],
    ['was cancelled before its first write', reported('CANCELLED', { requestIds: [] }), 'COMPENSATION_FAILED'],
    ['failed after a write', reported('FAILED'), 'FAILED'],
    ['was found in sync', reported('UNCHANGED', { attempts: 0 }), 'UNCHANGED'],
    ['succeeded', reported('SUCCEEDED'), 'SUCCEEDED'],
    ['is still to come', reported('PENDING', { attempts: 0 }), 'PENDING'],
  ])('has an image that needed a person, and in the redrive %s, as it stands now', (_, again, state) => {
    const merged = mergedReport(aRun(lost, ended('STOPPED')), aRun(again, ended('STOPPED')));

    expect(merged.images.map((image) => image.state)).toEqual([state]);
  });

  it('takes the newer reason of an image that no run has started', () => {
    const skipped = reported('SKIPPED', { attempts: 0 });

    const { images } = mergedReport(aRun(skipped, ended('STOPPED')), aRun(undefined, refused));

    expect(images).toMatchObject([{ state: 'SKIPPED', error: { code: 'guardrail-violated' } }]);
  });

  it('counts what runs have done that Temporal has forgotten, and says so', () => {
    const keptCounts = { ...pendingCounts(0), total: 3, succeeded: 3 };
    const redrive = { count: 2, previousRunId: 'first', since: '2026-11-23T07:00:00.000Z', keptCounts };
    const root = [started({ ...anInput([web1]), redrive }), ended('STOPPED')];
    const run = { rolloutName: 'golden', workflowId: 'rollout/golden', runId: 'second', root, batches: [] };

    expect(reportOfRuns([run])).toMatchObject({
      redriveCount: 2,
      counts: { total: 4, succeeded: 3, skipped: 1 },
      forgotten: { runId: 'first', counts: keptCounts },
    });
  });
});

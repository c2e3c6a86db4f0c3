import { describe, expect, it } from 'vitest';
import { countsText } from '../../src/cli/render/counts.ts';
import { errorDocument, problemsText, renderError } from '../../src/cli/render/error.ts';
import { imagesPerSecond, renderLiveBlock, renderProgressLine } from '../../src/cli/render/progress.ts';
import { renderImage, renderReport } from '../../src/cli/render/report.ts';
import { renderSetup } from '../../src/cli/render/setup.ts';
import { renderStatus } from '../../src/cli/render/status.ts';
import { cut, durationText, inColour, oneLine, tableOf, withoutColour } from '../../src/cli/render/text.ts';
import { renderValidation } from '../../src/cli/render/validation.ts';
import { linksTo } from '../../src/cli/ui-link.ts';
import type { ReportedImage, RolloutReport, StatusReport } from '../../src/contracts/report.ts';
import type { WaveStatus } from '../../src/contracts/rollout.ts';
import { errorCodes } from '../../src/domain/errors.ts';
import type { Problem } from '../../src/domain/errors.ts';
import { answerTo } from '../../src/domain/printed-command.ts';
import type { ImageCounts } from '../../src/domain/image-state.ts';
import { pendingCounts } from '../../src/domain/image-state.ts';
import type { ThrottledCalls } from '../../src/domain/throttled.ts';

const head = {
  formatVersion: 1,
  rolloutName: 'golden',
  workflowId: 'rollout/golden',
  runId: 'run',
  startedAt: '2026-11-24T07:00:00.000Z',
  startedBy: 'ann@host',
  reason: 'new account',
  annotations: { ticket: 'CHG-1' },
  manifestSha256: 'abcd',
  limitsSha256: null,
  messages: [],
} as const;
const nowMs = Date.parse('2026-11-24T07:00:14.000Z');
const view = { nowMs, linkOf: () => null };
const hostile = '\u001b[31mred\u001b[0m\u0007\r\n\u009b2J\u202Eevil\u0000';

const throttledPut: ThrottledCalls = {
  account: '111111111111',
  region: 'us-east-1',
  operation: 'PutImagePolicy',
  count: 1,
  perSecond: 4.2,
  at: '2026-11-24T07:00:00.000Z',
};
const throttledGet = {
  ...throttledPut,
  account: '222222222222',
  region: 'eu-west-1',
  operation: 'GetImage',
  perSecond: null,
};

function aStatus(counts: Partial<ImageCounts>, more: Partial<StatusReport> = {}): StatusReport {
  const all = { ...pendingCounts(0), ...counts, total: 12 };
  return {
    ...head,
    state: 'RUNNING',
    counts: all,
    finishedAt: null,
    failures: [],
    awaits: null,
    waves: [],
    effective: null,
    imagesPerMinute: null,
    throttledCount: 0,
    throttled: [],
    heldUpBy: null,
    ...more,
  };
}

function aWave(name: string, state: WaveStatus['state'], some: Partial<ImageCounts>): WaveStatus {
  const imageCount = Object.values(some).reduce((sum, count) => sum + count, 0);
  return { name, state, imageCount, counts: { ...pendingCounts(0), ...some, total: imageCount } };
}

function anImage(build: number, more: Partial<ReportedImage> = {}): ReportedImage {
  return {
    imageArn: `arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/${build}`,
    state: 'SUCCEEDED',
    wave: 'all',
    attempts: 1,
    workflowId: `image-policy/111111111111/us-east-1/web/1.0.0/${build}`,
    runId: `run-${build}`,
    grantsSha256: { before: null, after: 'a' },
    shareArns: [],
    requestIds: [],
    visibility: [],
    ...more,
  };
}

function aFailedImage(build: number): ReportedImage {
  const { title, hint } = errorCodes['promotion-refused'];
  return anImage(build, { state: 'FAILED', error: { code: 'promotion-refused', title, detail: 'RAM says no', hint } });
}

function aReport(images: readonly ReportedImage[]): RolloutReport {
  const failed = images.filter(({ state }) => state === 'FAILED').length;
  const counts = { ...pendingCounts(0), total: images.length, succeeded: images.length - failed, failed };
  const state = failed === 0 ? 'SUCCEEDED' : 'COMPLETED_WITH_FAILURES';
  return {
    ...head,
    state,
    counts,
    finishedAt: '2026-11-24T07:00:14.000Z',
    waves: [],
    redriveCount: 0,
    areImagesKnown: true,
    repeats: null,
    overrides: [],
    awaits: null,
    images,
  };
}

describe('text', () => {
  it('of people and AWS becomes one harmless line', () => {
    expect(oneLine(hostile)).toBe('red evil');
  });

  it('that is harmless stays as it is', () => {
    expect(oneLine('größer: 名前 ✓')).toBe('größer: 名前 ✓');
  });

  it('is cut at the width', () => {
    expect([cut('abcdef', 6), cut('abcdef', 4)]).toEqual(['abcdef', 'abc…']);
  });

  it('is aligned in tables', () => {
    expect(
      tableOf([
        ['a', 'b'],
        ['long', 'c'],
      ]),
    ).toEqual(['a     b', 'long  c']);
  });

  it.each([
    [900, '1 s'],
    [59_000, '59 s'],
    [60_000, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [7_200_000, '2 h'],
  ])('tells %i ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('is coloured only where a stream shows it', () => {
    expect([inColour('red', 'x'), withoutColour('red', 'x')]).toEqual(['\u001b[31mx\u001b[39m', 'x']);
  });
});

describe('an error', () => {
  const problem: Problem = {
    code: 'manifest-invalid',
    severity: 'error',
    at: 'm.yaml:3:5',
    message: 'is wrong',
    fix: 'Write x.',
  };

  it('says what happened, to which item, where, and what to do', () => {
    const context = { item: 'm.yaml', requestId: 'r-1', awsName: 'ForbiddenException', problems: [problem] };

    const lines = renderError({ code: 'manifest-invalid', detail: 'it has 1 problem', context }, withoutColour);

    expect(lines).toEqual([
      'error[manifest-invalid]: The manifest is not valid',
      '  what happened: it has 1 problem',
      '  item: m.yaml',
      '  AWS error: ForbiddenException',
      '  request id: r-1',
      '  m.yaml:3:5: error[manifest-invalid]: is wrong',
      '      right would be: Write x.',
      '  what to do: Mend every place that is listed; `policy-rollout schema` prints the JSON Schema.',
    ]);
  });

  it('keeps hostile text in its line', () => {
    const lines = renderError(
      { code: 'internal', detail: hostile, context: { item: `item ${hostile}` } },
      withoutColour,
    );

    expect(lines.join('|')).toBe(
      'error[internal]: An unexpected error|  what happened: red evil|  item: item red evil|  what to do: Please report it with the text above.',
    );
  });

  it('tells the same as JSON', () => {
    const shown = { code: 'manifest-invalid', detail: 'x', context: { item: 'm.yaml', problems: [problem] } } as const;

    expect(errorDocument(shown)).toEqual({
      formatVersion: 1,
      error: {
        code: 'manifest-invalid',
        title: 'The manifest is not valid',
        detail: 'x',
        hint: errorCodes['manifest-invalid'].hint,
        item: 'm.yaml',
        problems: [problem],
      },
    });
  });

  it('counts errors and warnings', () => {
    const warning = { ...problem, severity: 'warning' } as const;

    expect([problemsText([problem, problem, warning]), problemsText([warning])]).toEqual([
      '2 errors, 1 warning',
      '1 warning',
    ]);
  });
});

describe('counts', () => {
  it('name every state that an image is in', () => {
    const counts = { ...pendingCounts(3), succeeded: 2, compensationFailed: 1, total: 6 };

    expect(countsText(counts, withoutColour)).toBe('2 succeeded, 1 compensation failed, 3 pending');
  });

  it('of nothing say so', () => {
    expect(countsText(pendingCounts(0), withoutColour)).toBe('no images');
  });

  it('are coloured by state', () => {
    expect(countsText({ ...pendingCounts(0), failed: 1 }, inColour)).toBe('\u001b[31m1 failed\u001b[39m');
  });
});

describe('progress', () => {
  const status = aStatus({ succeeded: 6, running: 3, pending: 3 }, { awaits: { kind: 'approval', text: 'a worker' } });

  it('is a bar, counts, speed, the time that is left, and what is awaited', () => {
    const lines = renderLiveBlock({ ...status, awaits: null, imagesPerMinute: 6 }, { nowMs, width: 80 }, withoutColour);
    const waiting = renderLiveBlock({ ...status, imagesPerMinute: 6 }, { nowMs, width: 80 }, withoutColour);

    expect(lines).toEqual([
      'golden: RUNNING for 14 s, 0.4 images/s, about 14 s left',
      `${'█'.repeat(20)}${'░'.repeat(20)} 6/12`,
      '6 succeeded, 3 running, 3 pending',
    ]);
    expect(waiting[0]).toBe('golden: RUNNING for 14 s, 0.4 images/s');
  });

  it.each([
    [80, ['policy-rollout approve golden --reason "why"']],
    [40, ['policy-rollout approve golden \\', '--reason "why"']],
  ])('says on %i characters what is awaited, and whole below it the command that answers it', (width, command) => {
    const until = '2026-11-24T11:00:00.000Z';
    const text = `Wave canary waits for 1 approval until ${until}: ${answerTo('approval', 'golden')}`;

    const lines = renderLiveBlock(
      { ...status, awaits: { kind: 'approval', text, until } },
      { nowMs, width },
      withoutColour,
    );

    const sentence = cut(`waits for: Wave canary waits for 1 approval until ${until}:`, width - 1);
    expect(lines.slice(-1 - command.length)).toEqual([sentence, ...command]);
  });

  it('has a bar and the counts of each wave', () => {
    const waves = [aWave('canary', 'DONE', { succeeded: 2 }), aWave('rest', 'RUNNING', { succeeded: 4, pending: 6 })];

    const lines = renderLiveBlock({ ...status, waves }, { nowMs, width: 80 }, withoutColour);

    expect(lines.slice(1, 3)).toEqual([
      `canary ${'█'.repeat(20)} 2/2 DONE: 2 succeeded`,
      `rest   ${'█'.repeat(8)}${'░'.repeat(12)} 4/10 RUNNING: 4 succeeded, 6 pending`,
    ]);
  });

  it('shows the waves around the one that runs, where they are many', () => {
    const waves = Array.from({ length: 30 }, (_, at) =>
      at < 12 ? aWave(`w${at}`, 'DONE', { succeeded: 1 }) : aWave(`w${at}`, 'PENDING', { pending: 1 }),
    );

    const lines = renderLiveBlock({ ...status, waves }, { nowMs, width: 80 }, withoutColour);

    expect(lines.slice(1, 10).map((line) => line.split(' ')[0])).toEqual([
      'w11',
      'w12',
      'w13',
      'w14',
      'w15',
      'w16',
      'w17',
      'w18',
      '…',
    ]);
  });

  it.each([24, 40, 60, 80, 200])('fits into a terminal of %i characters', (width) => {
    const waves = [
      aWave('canary', 'DONE', { succeeded: 2 }),
      aWave('rest', 'WAITING_FOR_APPROVAL', { failed: 10_000 }),
    ];

    const lines = renderLiveBlock({ ...status, waves, imagesPerMinute: 5 }, { nowMs, width }, withoutColour);

    expect(lines.filter(({ length }) => length >= width)).toEqual([]);
  });

  it('names the operation that AWS throttled most in the last minute', () => {
    const old = new Date(nowMs - 90_000).toISOString();
    const block = (...throttled: readonly ThrottledCalls[]) =>
      renderLiveBlock({ ...status, throttled }, { nowMs, width: 120 }, withoutColour).slice(3, -2);

    expect(block({ ...throttledPut, at: old })).toEqual([]);
    expect(block(throttledPut, throttledGet)).toEqual([
      'throttled by AWS: PutImagePolicy in 111111111111/us-east-1: 1 call, then at most 4.2 calls/s, and 1 more',
    ]);
  });

  it('has an end also without images', () => {
    const empty = { ...status, counts: pendingCounts(0) };

    expect(renderLiveBlock(empty, { nowMs, width: 80 }, withoutColour)[1]).toBe(`${'█'.repeat(40)} 0/0`);
  });

  it('is one line in a log', () => {
    expect(renderProgressLine(status)).toBe('golden: RUNNING, 6 succeeded, 3 running, 3 pending; waits for: a worker');
  });

  it('says why a step is repeated', () => {
    const heldUpBy = { code: 'aws-unavailable', detail: 'connect ECONNREFUSED' } as const;

    const line = renderProgressLine(aStatus({ pending: 12 }, { heldUpBy }));

    expect(line).toBe(
      'golden: RUNNING, 12 pending; held up by: aws-unavailable: AWS cannot be reached or is unavailable: connect ECONNREFUSED',
    );
  });

  it('counts images a second over the last minute, or since the start', () => {
    const startedAt = '2026-11-24T07:00:00.000Z';
    const after = (ms: number): number =>
      imagesPerSecond({ startedAt, imagesPerMinute: 30 }, Date.parse(startedAt) + ms);

    expect([after(10_000), after(60_000), after(600_000), after(0)]).toEqual([3, 0.5, 0.5, 0]);
    expect(imagesPerSecond({ startedAt, imagesPerMinute: null }, nowMs)).toBe(0);
  });
});

describe('a status', () => {
  it('tells head, failures with their remedy, and what is awaited', () => {
    const failures = [{ imageArn: 'arn:x', code: 'promotion-refused', detail: 'RAM says no' }] as const;

    const lines = renderStatus(
      aStatus(
        { failed: 1, pending: 11 },
        {
          failures,
          imagesPerMinute: 40,
          throttledCount: 3,
          throttled: [{ ...throttledPut, count: 2 }, throttledGet],
          awaits: { kind: 'approval', text: 'approval' },
          heldUpBy: { code: 'aws-throttled', detail: '429' },
        },
      ),
      nowMs,
      withoutColour,
    );

    expect(lines).toEqual([
      'golden: RUNNING, 12 images for 14 s',
      '  images: 1 failed, 11 pending',
      '  started: 2026-11-24T07:00:00.000Z by ann@host: new account',
      '  ticket: CHG-1',
      '  in the last minute: 40 images ended',
      '  throttled by AWS: 3 calls, each repeated',
      '      PutImagePolicy in 111111111111/us-east-1: 2 calls, then at most 4.2 calls/s',
      '      GetImage in 222222222222/eu-west-1: 1 call',
      '  waits for: approval',
      '  held up by: aws-throttled: AWS asks for fewer calls: 429',
      '  arn:x',
      '      promotion-refused: RAM refuses to promote the share: RAM says no',
      `      what to do: ${errorCodes['promotion-refused'].hint}`,
    ]);
  });

  it('names the three operations that AWS throttled most', () => {
    const throttled = Array.from({ length: 10 }, (_, at) => ({ ...throttledPut, region: `region-${at}` }));

    const lines = renderStatus(aStatus({ pending: 12 }, { throttled, throttledCount: 10 }), nowMs, withoutColour);

    expect(lines.slice(-4).map((line) => line.trim())).toEqual([
      ...[0, 1, 2].map((at) => `PutImagePolicy in 111111111111/region-${at}: 1 call, then at most 4.2 calls/s`),
      '… and 7 more operations',
    ]);
  });

  it('of many failures tells the first ones, and where all are', () => {
    const failures = Array.from({ length: 40 }, (_, at) => ({
      imageArn: `arn:${at}`,
      code: 'promotion-refused' as const,
      detail: 'RAM says no',
    }));

    const lines = renderStatus(aStatus({ failed: 12 }, { failures }), nowMs, withoutColour);

    expect(lines.filter((line) => line.startsWith('  arn:'))).toHaveLength(20);
    expect(lines.at(-1)).toBe('  every image: policy-rollout report golden');
  });

  it('of an ended rollout tells how long it took, and nothing that is not known', () => {
    const status = aStatus(
      { succeeded: 12 },
      { finishedAt: '2026-11-24T07:01:00.000Z', startedBy: '', reason: null, annotations: {} },
    );

    expect(renderStatus(status, nowMs, withoutColour)).toEqual([
      'golden: RUNNING, 12 images in 1 min',
      '  images: 12 succeeded',
      '  started: 2026-11-24T07:00:00.000Z',
    ]);
  });
});

describe('a report', () => {
  it('names the images that did not succeed, with cause and remedy, and the next command', () => {
    const lines = renderReport(
      aReport([anImage(1), aFailedImage(2)]),
      { ...view, shown: 'not-succeeded' },
      withoutColour,
    );

    expect(lines).toEqual([
      'golden: COMPLETED_WITH_FAILURES, 2 images in 14 s',
      '  1 succeeded, 1 failed',
      '  started: 2026-11-24T07:00:00.000Z by ann@host: new account',
      '  ticket: CHG-1',
      '',
      '  web 1.0.0/2 in 111111111111 us-east-1: FAILED',
      '      promotion-refused: RAM refuses to promote the share',
      '      RAM says no',
      `      what to do: ${errorCodes['promotion-refused'].hint}`,
      '',
      'next: mend the causes, then: policy-rollout redrive golden --reason "why"',
    ]);
  });

  it('names all images on request, after those that did not succeed', () => {
    const lines = renderReport(aReport([anImage(1), aFailedImage(2)]), { ...view, shown: 'all' }, withoutColour);

    expect(lines[5]).toBe('  web 1.0.0/2 in 111111111111 us-east-1: FAILED');
    expect(lines.slice(-5, -2)).toEqual([
      '  IMAGE                                  STATE      WHY',
      '  web 1.0.0/1 in 111111111111 us-east-1  SUCCEEDED',
      '  web 1.0.0/2 in 111111111111 us-east-1  FAILED     promotion-refused',
    ]);
  });

  it('of 10,000 images says where they all are, in a few lines', () => {
    const images = Array.from({ length: 10_000 }, (_, at) => aFailedImage(at));

    const lines = renderReport(aReport(images), { ...view, shown: 'all' }, withoutColour);

    expect(lines.length).toBeLessThan(20);
    expect(lines).toContain('      … and 9997 more');
    expect(lines).toContain('  every image: policy-rollout report golden --csv');
  });

  it('leads to the runs of what did not succeed, where the web UI is known', () => {
    const linkOf = linksTo('http://ui:8233/', 'default');
    const linkTo = (build: number): string =>
      `http://ui:8233/namespaces/default/workflows/image-policy%2F111111111111%2Fus-east-1%2Fweb%2F1.0.0%2F${build}/run-${build}`;
    const many = Array.from({ length: 21 }, (_, at) => aFailedImage(at));

    const one = renderReport(aReport([aFailedImage(2)]), { ...view, shown: 'not-succeeded', linkOf }, withoutColour);
    const grouped = renderReport(aReport(many), { ...view, shown: 'not-succeeded', linkOf }, withoutColour);

    expect(one).toContain(`      workflow: ${linkTo(2)}`);
    expect(grouped).toContain(`      web 1.0.0/0 in 111111111111 us-east-1 ${linkTo(0)}`);
  });

  it('sums more than twenty up by their code, the largest group first', () => {
    const skipped = anImage(99, { state: 'SKIPPED' });

    const lines = renderReport(
      aReport([skipped, ...Array.from({ length: 21 }, (_, at) => aFailedImage(at))]),
      { ...view, shown: 'not-succeeded' },
      withoutColour,
    );

    expect(lines.slice(5, -2)).toEqual([
      '  21 images FAILED',
      '      promotion-refused: RAM refuses to promote the share',
      '      RAM says no',
      `      what to do: ${errorCodes['promotion-refused'].hint}`,
      '      web 1.0.0/0 in 111111111111 us-east-1',
      '      web 1.0.0/1 in 111111111111 us-east-1',
      '      web 1.0.0/2 in 111111111111 us-east-1',
      '      … and 18 more',
      '  web 1.0.0/99 in 111111111111 us-east-1: SKIPPED',
    ]);
  });

  it('names causes before what became of the others because of them', () => {
    const { title, hint } = errorCodes['tolerance-exceeded'];
    const skipped = (build: number) =>
      anImage(build, { state: 'SKIPPED', error: { code: 'tolerance-exceeded', title, detail: 'It stopped', hint } });

    const lines = renderReport(
      aReport([skipped(1), skipped(2), aFailedImage(3)]),
      { ...view, shown: 'not-succeeded' },
      withoutColour,
    );

    expect(lines.slice(5, -2)).toEqual([
      '  web 1.0.0/3 in 111111111111 us-east-1: FAILED',
      '      promotion-refused: RAM refuses to promote the share',
      '      RAM says no',
      `      what to do: ${errorCodes['promotion-refused'].hint}`,
      '  2 images SKIPPED',
      `      tolerance-exceeded: ${title}`,
      '      It stopped',
      `      what to do: ${hint}`,
      '      web 1.0.0/1 in 111111111111 us-east-1',
      '      web 1.0.0/2 in 111111111111 us-east-1',
    ]);
  });

  it('of a rollout that goes on says how to follow it', () => {
    const report = {
      ...aReport([anImage(1)]),
      counts: { ...pendingCounts(1) },
      state: 'RUNNING',
      finishedAt: null,
    } as const;

    expect(renderReport(report, { ...view, shown: 'not-succeeded' }, withoutColour)).toEqual([
      'golden: RUNNING, 1 image for 14 s',
      '  1 pending',
      '  started: 2026-11-24T07:00:00.000Z by ann@host: new account',
      '  ticket: CHG-1',
      '',
      'next: policy-rollout watch golden',
    ]);
  });

  it.each([
    [{ succeeded: 1 }, 'next: policy-rollout report golden --json'],
    [{ compensationFailed: 1 }, 'next: follow the runbooks of the images that are COMPENSATION_FAILED'],
  ])('with %j says what is next', (counts, next) => {
    const report = { ...aReport([anImage(1)]), counts: { ...pendingCounts(0), total: 1, ...counts } };

    expect(renderReport(report, { ...view, shown: 'not-succeeded' }, withoutColour).at(-1)).toBe(next);
  });

  it('with an image for a person, and others that failed, says what goes on with each', () => {
    const counts = { ...pendingCounts(0), total: 3, succeeded: 1, failed: 1, compensationFailed: 1 };

    const lines = renderReport({ ...aReport([]), counts }, { ...view, shown: 'not-succeeded' }, withoutColour);

    expect(lines.slice(-2)).toEqual([
      'next: follow the runbooks of the images that are COMPENSATION_FAILED',
      'next: mend the other causes, then: policy-rollout redrive golden --reason "why"',
    ]);
  });

  it('whose images were never known says so, and how they are looked for again', () => {
    const report = { ...aReport([]), state: 'FAILED', areImagesKnown: false } as const;

    const lines = renderReport(report, { ...view, shown: 'not-succeeded' }, withoutColour);

    expect(lines).toContain(
      '  warning: not every selection had an answer, so there may be more images than these; a redrive looks for them again',
    );
    expect(lines.at(-1)).toBe('next: mend the causes, then: policy-rollout redrive golden --reason "why"');
  });

  it('that found no image says how they are looked for again', () => {
    const report = { ...aReport([]), error: { code: 'selection-empty', detail: 'golden selects no image' } } as const;

    const lines = renderReport(report, { ...view, shown: 'not-succeeded' }, withoutColour);

    expect(lines.at(-1)).toBe('next: mend the causes, then: policy-rollout redrive golden --reason "why"');
  });

  it('counts the images that were named or found again', () => {
    const repeats = { count: 2, of: 9, first: 'arn:x' };

    const lines = renderReport({ ...aReport([]), repeats }, { ...view, shown: 'not-succeeded' }, withoutColour);

    expect(lines).toContain('  2 of 9 images are named or found again, the first is arn:x; each is taken once');
  });

  it('shows the runbook, the residue and every principal that does not see the image', () => {
    const image = anImage(1, {
      state: 'COMPENSATION_FAILED',
      runbook: 'aws ram x\naws ram y',
      residue: ['promoted'],
      visibility: [
        { principal: '222222222222', verdict: 'VISIBLE' },
        { principal: '333333333333', verdict: 'AWAITING_ACCEPTANCE', expiresAt: '2026-11-24T19:00:00Z' },
        { principal: '444444444444', verdict: 'NOT_VISIBLE' },
      ],
      error: { code: 'changed-by-another', title: 't', detail: '', hint: 'h', requestId: 'r-1' },
    });

    expect(renderImage(image, withoutColour)).toEqual([
      'web 1.0.0/1 in 111111111111 us-east-1: COMPENSATION_FAILED',
      '    changed-by-another: t',
      '    request id: r-1',
      '    what to do: h',
      '    333333333333: AWAITING_ACCEPTANCE until 2026-11-24T19:00:00Z',
      '    444444444444: NOT_VISIBLE',
      '    left behind, gives nobody access: promoted',
      '    runbook:',
      '      aws ram x',
      '      aws ram y',
    ]);
  });

  it('keeps an ARN that it does not know, harmless', () => {
    expect(renderImage(anImage(1, { imageArn: hostile }), withoutColour)).toEqual(['red evil: SUCCEEDED']);
  });
});

describe('a set-up', () => {
  it('tells what it did', () => {
    const setup = {
      namespace: 'images',
      isNamespaceMade: true,
      retentionSetDays: 30,
      registeredAttributes: ['A', 'B'],
    };

    expect(renderSetup(setup)).toEqual([
      'made the namespace images',
      'finished rollouts are kept for 30 days',
      'registered A, B',
      'the namespace images is ready',
    ]);
  });

  it('that had nothing to do says that all is ready', () => {
    const setup = { namespace: 'images', isNamespaceMade: false, retentionSetDays: null, registeredAttributes: [] };

    expect(renderSetup(setup)).toEqual(['the namespace images is ready']);
  });
});

describe('a valid manifest', () => {
  it('is praised with its warnings', () => {
    const warning: Problem = {
      code: 'policy-invalid',
      severity: 'warning',
      at: 'm.yaml:1:1',
      message: 'doubtful',
      fix: 'Try.',
    };

    expect(
      renderValidation({ rolloutName: 'golden', imageCount: 1, selectionCount: 0, problems: [warning] }, withoutColour),
    ).toEqual([
      '  m.yaml:1:1: warning[policy-invalid]: doubtful',
      '      right would be: Try.',
      'valid: golden, 1 image, 1 warning',
    ]);
  });

  it('without warnings is praised', () => {
    expect(
      renderValidation({ rolloutName: 'golden', imageCount: 2, selectionCount: 0, problems: [] }, withoutColour),
    ).toEqual(['valid: golden, 2 images']);
  });
});

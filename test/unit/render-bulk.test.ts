import { describe, expect, it } from 'vitest';
import { presentPaceText, renderPace, wavesText } from '../../src/cli/render/pace.ts';
import { renderReportCsv } from '../../src/cli/render/report-csv.ts';
import { renderReportMarkdown } from '../../src/cli/render/report-markdown.ts';
import { withoutColour } from '../../src/cli/render/text.ts';
import { linksTo } from '../../src/cli/ui-link.ts';
import type { ReportedImage, RolloutReport } from '../../src/contracts/report.ts';
import { pendingCounts } from '../../src/domain/image-state.ts';

const arn = 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1';
const hostile = '=cmd|"a"\r\n[x](http://e) <img> @here';

function anImage(more: Partial<ReportedImage> = {}): ReportedImage {
  return {
    imageArn: arn,
    state: 'SUCCEEDED',
    wave: 'canary',
    attempts: 1,
    workflowId: 'image-policy/web',
    runId: 'run-1',
    grantsSha256: { before: null, after: 'a' },
    shareArns: ['s1', 's2'],
    requestIds: [],
    visibility: [{ principal: '222222222222', verdict: 'VISIBLE' }],
    ...more,
  };
}

function aReport(images: readonly ReportedImage[], more: Partial<RolloutReport> = {}): RolloutReport {
  return {
    formatVersion: 1,
    rolloutName: 'golden',
    workflowId: 'rollout/golden',
    runId: 'run',
    state: 'STOPPED',
    counts: { ...pendingCounts(0), total: 2, succeeded: 1, failed: 1 },
    startedAt: '2026-11-24T07:00:00.000Z',
    finishedAt: '2026-11-24T07:01:00.000Z',
    startedBy: 'ann@host',
    reason: hostile,
    annotations: {},
    redriveCount: 0,
    areImagesKnown: true,
    repeats: null,
    overrides: ['maxImages'],
    awaits: null,
    manifestSha256: 'abcd',
    limitsSha256: null,
    messages: [],
    waves: ['canary', 'rest'].map((name) => ({ name, counts: { ...pendingCounts(0), total: 1, succeeded: 1 } })),
    images,
    ...more,
  };
}

const failed = anImage({
  state: 'FAILED',
  wave: null,
  error: { code: 'promotion-refused', title: 't', detail: hostile, hint: '+1' },
});

const noLink = () => null;
const linkOf = linksTo('http://ui:8233', 'default');
const linkTo = 'http://ui:8233/namespaces/default/workflows/image-policy%2Fweb/run-1';

describe('a report as CSV', () => {
  it('has a row for each image, failures first, and no text that a spreadsheet would run', () => {
    const report = aReport([anImage(), failed], { annotations: { ticket: 'CHG-1' } });

    expect(renderReportCsv(report, noLink)).toEqual([
      'imageArn,state,wave,attempts,code,detail,hint,grantsSha256Before,grantsSha256After,shareArns,requestIds,visibility,residue,runbook,workflowId,runId,workflowUrl,annotations',
      `${arn},FAILED,,1,promotion-refused,"'=cmd|""a"" [x](http://e) <img> @here","'+1",,a,s1 s2,,222222222222 VISIBLE,,,image-policy/web,run-1,,ticket=CHG-1`,
      `${arn},SUCCEEDED,canary,1,,,,,a,s1 s2,,222222222222 VISIBLE,,,image-policy/web,run-1,,ticket=CHG-1`,
    ]);
  });

  it('has what is left behind, the lines of the runbook in one cell, and the way to the run', () => {
    const image = anImage({ residue: ['promoted', 'unpromoted-share'], runbook: '# look\naws ram x --name "a"' });

    const [, row] = renderReportCsv(aReport([image]), linkOf);

    expect(row).toContain(',promoted unpromoted-share,"# look\naws ram x --name ""a""",image-policy/web,');
    expect(row).toContain(`,run-1,${linkTo},`);
  });

  it('names causes before what became of others because of them', () => {
    const stopped = anImage({
      state: 'SKIPPED',
      error: { code: 'tolerance-exceeded', title: 't', detail: 'd', hint: 'h' },
    });

    const states = renderReportCsv(aReport([anImage(), stopped, failed]), noLink).map((row) => row.split(',')[1]);

    expect(states).toEqual(['state', 'FAILED', 'SKIPPED', 'SUCCEEDED']);
  });
});

describe('a report in markdown', () => {
  it('says how it ended and why, wave by wave, and keeps texts from becoming anything else', () => {
    const error = { code: 'rollout-rejected', detail: 'bob: *no*' } as const;
    const message = {
      who: 'bob',
      reason: '*no*',
      request: { kind: 'reject' },
      at: '2026-11-24T07:00:30.000Z',
    } as const;

    const report = aReport([anImage(), failed], { error, messages: [message] });
    const lines = renderReportMarkdown(report, 0, noLink);

    expect(lines.slice(0, 5)).toEqual([
      '## golden: STOPPED',
      '',
      '2 images in 1 min: 1 succeeded, 1 failed',
      '',
      '- started 2026-11-24T07:00:00.000Z by ann\\@host: =cmd\\|"a" \\[x\\](http://e) \\<img\\> \\@here',
    ]);
    expect(lines).toContain('- guardrail set aside: maxImages');
    expect(lines).toContain('- 2026-11-24T07:00:30.000Z bob: reject: \\*no\\*');
    expect(lines).toContain('- ended early: `rollout-rejected` bob: \\*no\\*');
    expect(lines).toContain('| canary | 1 succeeded |');
    expect(lines).toContain(
      `| ${arn} | FAILED | \`promotion-refused\` =cmd\\|"a" \\[x\\](http://e) \\<img\\> \\@here. +1 |`,
    );
    expect(lines).toContain('- next: mend the causes, then: `policy-rollout redrive golden --reason "why"`');
  });

  it('of many images that failed names the first ones of each code, and how many more there are', () => {
    const lines = renderReportMarkdown(aReport(Array.from({ length: 10_000 }, () => failed)), 0, noLink);

    expect(lines).toContain(
      `| 10000 images<br>${arn}<br>${arn}<br>${arn}<br>… and 9997 more | FAILED | \`promotion-refused\` =cmd\\|"a" \\[x\\](http://e) \\<img\\> \\@here. +1 |`,
    );
  });

  it('has the evidence of the images, of those that failed first', () => {
    const seen = { principal: '222222222222', verdict: 'VISIBLE' } as const;
    const unseen = { principal: '333333333333', verdict: 'NOT_VISIBLE' } as const;
    const one = anImage({
      grantsSha256: { before: 'b', after: 'a' },
      requestIds: ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'],
      visibility: [seen, unseen, seen],
      visibilityCount: 300,
    });

    const lines = renderReportMarkdown(aReport([one, failed]), 0, noLink);

    const rows = lines.slice(lines.indexOf('<details><summary>evidence of 2 images</summary>'));
    expect(rows.slice(4, 6)).toEqual([
      `| ${arn} | FAILED | 1 | –<br>a | s1<br>s2 |  | 1 VISIBLE |`,
      `| ${arn} | SUCCEEDED | 1 | b<br>a | s1<br>s2 | r1<br>r2<br>r3<br>r4<br>r5<br>… and 1 more | 2 VISIBLE<br>333333333333 NOT\\_VISIBLE<br>3 of 300 shown, the worst first |`,
    ]);
  });

  it('leads to the rollout and to the runs of its images, where the web UI is known', () => {
    const lines = renderReportMarkdown(aReport([failed]), 0, linkOf);

    expect(lines[0]).toBe('## [golden](<http://ui:8233/namespaces/default/workflows/rollout%2Fgolden/run>): STOPPED');
    expect(lines.filter((line) => line.startsWith(`| [${arn}](<${linkTo}>) | FAILED |`))).toHaveLength(2);
  });

  it('has the runbook of an image that a person has to put back, as code', () => {
    const image = anImage({ state: 'COMPENSATION_FAILED', runbook: '# look\naws ram x </details>' });
    const counts = { ...pendingCounts(0), total: 1, compensationFailed: 1 };

    const lines = renderReportMarkdown(aReport([image], { counts }), 0, noLink);

    const fold = lines.indexOf(`<details><summary>runbook of ${arn}</summary>`);
    expect(lines.slice(fold, fold + 6)).toEqual([
      `<details><summary>runbook of ${arn}</summary>`,
      '',
      '    # look',
      '    aws ram x </details>',
      '',
      '</details>',
    ]);
    expect(lines).toContain('- next: follow the runbooks of the images that are COMPENSATION_FAILED');
  });

  it('fits into a comment, whatever is in it', () => {
    const long = '*'.repeat(10_000);
    const codes = ['promotion-refused', 'internal', 'image-busy', 'share-failed', 'not-visible'] as const;
    const many = Array.from({ length: 50 }, () => long);
    const visibility = many.map((principal) => ({ principal, verdict: 'NOT_VISIBLE' as const }));
    const runbook = 'aws ram x\n'.repeat(300);
    const images = Array.from({ length: 10_000 }, (_, at) =>
      anImage({
        imageArn: `arn:aws:imagebuilder:us-east-1:111111111111:image/${'w'.repeat(120)}-${at}/1.0.0/1`,
        state: 'COMPENSATION_FAILED',
        workflowId: `image-policy/${'w'.repeat(120)}-${at}`,
        shareArns: many,
        requestIds: many,
        visibility,
        runbook,
        error: { code: codes[at % codes.length] ?? 'internal', title: 't', detail: long, hint: long },
      }),
    );
    const message = { who: long, reason: long, request: { kind: 'reject' }, at: '2026-11-24T07:00:30.000Z' } as const;
    const report = aReport(images, {
      reason: long,
      annotations: Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`${at}`, long])),
      messages: Array.from({ length: 50 }, () => message),
      waves: Array.from({ length: 1_000 }, () => ({ name: long, counts: pendingCounts(1) })),
    });

    const text = renderReportMarkdown(report, 0, linkOf).join('\n');

    expect(text.length).toBeLessThan(65_536);
    expect(text).toMatch(/Runbooks of 99\d\d more images: `policy-rollout report golden --json`/);
    expect(text).toContain('policy-rollout redrive golden');
  });
});

describe('the pace of a rollout', () => {
  const pace = {
    toChange: 20,
    maxConcurrentCount: 10,
    failureToleranceCount: 0,
    concurrencyMode: 'STRICT_FAILURE_TOLERANCE',
    startsWith: 1,
  } as const;
  const waves = [
    { name: 'canary', state: 'RUNNING', imageCount: 2, counts: pendingCounts(2) },
    { name: 'rest', state: 'PENDING', imageCount: 18, counts: pendingCounts(18) },
  ] as const;

  it('is told before the first wave, with what is odd about it', () => {
    expect(renderPace(pace, waves, withoutColour)).toEqual([
      '20 images to change: canary 2, rest 18; 10 at once, 0 may fail, STRICT_FAILURE_TOLERANCE, starts with 1',
      expect.stringMatching(/^warning: STRICT_FAILURE_TOLERANCE with a tolerance of 0 runs one image at a time/),
    ]);
  });

  it('is told with the caps that hold', () => {
    const rateLimits = { PutImagePolicy: 5, GetImage: 0.5 };

    expect(presentPaceText({ ...pace, rateLimits })).toBe(
      '10 at once, 0 may fail, STRICT_FAILURE_TOLERANCE, starts with 1, PutImagePolicy at most 5 calls/s, GetImage at most 0.5 calls/s',
    );
    expect(presentPaceText({ ...pace, rateLimits: {} })).toMatch(/starts with 1$/);
  });

  it('goes on wave by wave', () => {
    expect(wavesText(waves)).toBe('canary RUNNING (2), rest PENDING (18)');
    expect(wavesText([{ ...waves[0], failureToleranceCount: 0 }])).toBe('canary RUNNING (2, 0 may fail)');
  });

  it('says of a wave that was cut short how many images were skipped', () => {
    const counts = { ...pendingCounts(0), total: 30, succeeded: 9, skipped: 21 };

    expect(wavesText([{ name: 'all', state: 'DONE', imageCount: 30, counts }])).toBe(
      'all DONE (30, of them 21 skipped)',
    );
  });
});

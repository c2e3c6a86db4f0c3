import { describe, expect, it } from 'vitest';
import { presentPaceText, renderPace, wavesText } from '../../src/cli/render/pace.ts';
import { renderReportCsv } from '../../src/cli/render/report-csv.ts';
import { renderReportMarkdown } from '../../src/cli/render/report-markdown.ts';
import { withoutColour } from '../../src/cli/render/text.ts';
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

describe('a report as CSV', () => {
  it('has a line for each image, and no text that a spreadsheet would run', () => {
    expect(renderReportCsv(aReport([anImage(), failed], { annotations: { ticket: 'CHG-1' } }))).toEqual([
      'imageArn,state,wave,attempts,code,detail,hint,grantsSha256Before,grantsSha256After,shareArns,requestIds,visibility,workflowId,runId,annotations',
      `${arn},SUCCEEDED,canary,1,,,,,a,s1 s2,,222222222222 VISIBLE,image-policy/web,run-1,ticket=CHG-1`,
      `${arn},FAILED,,1,promotion-refused,"'=cmd|""a"" [x](http://e) <img> @here","'+1",,a,s1 s2,,222222222222 VISIBLE,image-policy/web,run-1,ticket=CHG-1`,
    ]);
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

    const lines = renderReportMarkdown(aReport([anImage(), failed], { error, messages: [message] }), 0);

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
    expect(lines.at(-1)).toBe(
      `| ${arn} | FAILED | \`promotion-refused\` =cmd\\|"a" \\[x\\](http://e) \\<img\\> \\@here. +1 |`,
    );
  });

  it('of many images that failed names the first ones of each code, and how many more there are', () => {
    const lines = renderReportMarkdown(aReport(Array.from({ length: 10_000 }, () => failed)), 0);

    expect(lines.at(-1)).toBe(
      `| 10000 images<br>${arn}<br>${arn}<br>${arn}<br>… and 9997 more | FAILED | \`promotion-refused\` =cmd\\|"a" \\[x\\](http://e) \\<img\\> \\@here. +1 |`,
    );
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
  });

  it('says of a wave that was cut short how many images were skipped', () => {
    const counts = { ...pendingCounts(0), total: 30, succeeded: 9, skipped: 21 };

    expect(wavesText([{ name: 'all', state: 'DONE', imageCount: 30, counts }])).toBe(
      'all DONE (30, of them 21 skipped)',
    );
  });
});

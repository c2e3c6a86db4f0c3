import { describe, expect, it } from 'vitest';
import { renderDrift } from '../../src/cli/render/drift.ts';
import { renderPlanMarkdown } from '../../src/cli/render/plan-markdown.ts';
import { renderPlan } from '../../src/cli/render/plan.ts';
import { withoutColour } from '../../src/cli/render/text.ts';
import { renderVerify } from '../../src/cli/render/verify.ts';
import { planDocument, plannedBase } from '../../src/client/plan-document.ts';
import type { FoundImage } from '../../src/client/look.ts';
import type { PlanOutcome } from '../../src/contracts/plan.ts';
import type { RolloutSpec } from '../../src/contracts/rollout.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import { changeOf } from '../../src/domain/image-change.ts';
import { compactImageSet } from '../../src/domain/image-set.ts';
import { effectivePace } from '../../src/domain/strategy.ts';
import { a, aTarget, anImage, b, grantsTo } from '../support/builders.ts';
import { rigOrigin, rigSpec } from '../support/rig-images.ts';

function image(build: number, name = 'web'): ImageArn {
  return parseImageArn(`arn:aws:imagebuilder:us-east-1:111111111111:image/${name}/1.0.0/${build}`);
}

const change = changeOf({
  observed: anImage(),
  wanted: aTarget(grantsTo([a, b])),
  foreignShares: 'block',
  launchPermission: null,
  acceptedPrincipals: [],
  guardrails: { allowWildcardPrincipal: false, maxImages: 1 },
});

function changing(build: number): FoundImage {
  return { image: image(build), action: 'CHANGE', fingerprint: `f${build}`, change };
}

function plan(found: readonly FoundImage[], more: Partial<PlanOutcome> = {}, change: Partial<RolloutSpec> = {}) {
  const toChange = found.filter(({ action }) => action === 'CHANGE').map((one) => one.image);
  const outcome: PlanOutcome = {
    counts: {
      change: toChange.length,
      unchanged: 0,
      blocked: found.length - toChange.length,
    },
    effective: null,
    waves: [{ name: 'all', images: compactImageSet(toChange) }],
    quotas: [],
    limitsSha256: null,
    ...more,
  };
  const spec = { ...rigSpec('golden', []), ...change };
  return planDocument({
    look: { workflowId: 'plan/golden/1', runId: 'run', outcome, images: found },
    effective: effectivePace(toChange.length, spec.strategy),
    spec: { ...spec, exclude: ['*'] },
    origin: rigOrigin,
    createdAt: '2026-11-24T08:00:00.000Z',
    callsPerSecond: 10,
  });
}

const blocked: FoundImage = {
  image: image(9),
  action: 'BLOCKED',
  code: 'share-not-ours',
  detail: 'a share',
  fingerprint: 'f9',
};

describe('a plan', () => {
  it('names every image, so that a selection that finds others later changes nothing', () => {
    const { spec } = plan([changing(1), changing(2)]);

    expect(spec.images).toEqual(compactImageSet([image(1), image(2)]));
    expect([spec.selections, spec.exclude]).toEqual([[], []]);
  });

  it('warns of images that are named or found again', () => {
    const repeats = { count: 1, of: 3, first: image(1) };

    const { warnings } = plan([changing(1), changing(2)], { repeats });

    expect(warnings).toContain(`1 of 3 images are named or found again, the first is ${image(1)}; each is taken once.`);
  });

  it('hands on what it saw of each image, in the order of the images', () => {
    const base = plannedBase(plan([changing(2), { ...blocked, fingerprint: null }, changing(1)]), false);

    expect(base.fingerprints).toEqual(['f2', '', 'f1']);
  });

  it('reckons its time by the account and Region with the most calls', () => {
    const elsewhere = parseImageArn('arn:aws:imagebuilder:eu-west-1:111111111111:image/web/1.0.0/1');
    const { calls } = plan([changing(1), changing(2), { ...changing(3), image: elsewhere }]);

    expect(calls.total).toBe(3 * (1 + change.callCount));
    expect(calls.expectedMs).toBe(200 * (1 + change.callCount));
  });

  it('warns of what stands against it and of quotas that it would pass', () => {
    const quota = {
      partition: '111111111111/us-east-1',
      customerPermissions: { used: 10, most: 10, wanted: 1 },
      pendingInvitations: { used: 20, most: 20 },
    };

    const { warnings } = plan(
      [changing(1), blocked, { ...changing(2), change: { ...change, grade: 'irreversible' } }],
      {
        quotas: [quota],
        error: { code: 'guardrail-violated', detail: 'too many' },
      },
    );

    expect(warnings).toEqual([
      'A rollout would be refused: too many.',
      '1 BLOCKED: a rollout would be refused, unless --skip-blocked goes on without them.',
      '1 irreversible: an account that has accepted an invitation loses access; --allow-irreversible.',
      '111111111111/us-east-1: 1 customer managed permissions are needed, and 0 of 10 are free.',
      '111111111111/us-east-1: 20 invitations wait for an answer; no further account outside can be invited.',
    ]);
  });

  it('is told by groups of images to which the same happens, those that are blocked first', () => {
    const found = [...Array.from({ length: 12 }, (_, index) => changing(index + 100)), blocked];

    const lines = renderPlan(plan(found), withoutColour);

    expect(lines[0]).toBe('golden: 12 to change (12 adds), 0 unchanged, 1 blocked');
    expect(lines.filter((line) => /^ {2}1/.test(line))).toEqual([
      '  1 image BLOCKED: share-not-ours',
      '  12 images: adds',
    ]);
    expect(lines).toContain(`    adds ${a}: GetImage, ListImages`);
    expect(lines).toContain('      … and 2 more');
  });

  it('says the names of accounts beside their ids, in every form', () => {
    const lacking = { ...changing(1), change: { ...change, withoutLaunchPermission: [b] } };

    const made = plan([lacking], {}, { accountNames: { [a]: 'build', [b]: 'web *team*' } });

    expect(made.accountNames).toEqual({ [a]: 'build', [b]: 'web *team*' });
    expect(made.warnings).toEqual([expect.stringContaining(`for ${b} (web *team*), who`)]);
    expect(renderPlan(made, withoutColour)).toEqual(
      expect.arrayContaining([
        `    adds ${a} (build): GetImage, ListImages`,
        `    becomes visible to ${a} (build), ${b} (web *team*)`,
        `    gives no launch permission to ${b} (web *team*)`,
      ]),
    );
    expect(renderPlanMarkdown(made)).toContain(`- adds ${b} (web \\*team\\*): GetImage, ListImages`);
  });

  it('shows how full the small quotas are, the fullest accounts and Regions first', () => {
    const quota = (account: number, used: number, wanted = 0) => ({
      partition: `${account}/us-east-1`,
      customerPermissions: { used, most: 10, wanted },
      pendingInvitations: { used: account === 5 ? 19 : 0, most: 20 },
    });
    const quotas = [quota(1, 0), quota(2, 3), quota(3, 7, 2), quota(4, 1), quota(5, 0)];

    const made = plan([changing(1)], { quotas });
    const lines = [
      'quotas of 5/us-east-1: 10 of 10 customer managed permissions free, 1 of 20 pending invitations free',
      'quotas of 3/us-east-1: 3 of 10 customer managed permissions free and 2 needed, 20 of 20 pending invitations free',
      'quotas of 2/us-east-1: 7 of 10 customer managed permissions free, 20 of 20 pending invitations free',
      'quotas: 2 more accounts and Regions, none of them fuller',
    ];

    expect(renderPlan(made, withoutColour).filter((line) => line.startsWith('quotas'))).toEqual(lines);
    expect(renderPlanMarkdown(made).filter((line) => line.startsWith('- quotas'))).toEqual(
      lines.map((line) => `- ${line}`),
    );
  });

  it('says where the quotas were not read', () => {
    const made = plan([changing(1)], { unreadQuotaCount: 51 });

    const line = 'quotas: not read, because these are 51 accounts and Regions';
    expect(made.unreadQuotaCount).toBe(51);
    expect(renderPlan(made, withoutColour)).toContain(line);
    expect(renderPlanMarkdown(made)).toContain(`- ${line}`);
  });

  it('says what becomes of images that another rollout works on, and refuses nothing for them', () => {
    const locked: FoundImage = {
      image: image(8),
      action: 'BLOCKED',
      code: 'image-locked',
      detail: '',
      fingerprint: 'f8',
    };
    const warningsWith = (onConflict: 'wait' | 'skip' | 'fail', found: readonly FoundImage[]) =>
      plan(found, {}, { strategy: { ...rigSpec('golden', []).strategy, onConflict } }).warnings;

    expect(warningsWith('fail', [changing(1), locked])).toEqual([
      'Another rollout works on 1 of the images: they would end FAILED (strategy.onConflict: fail).',
    ]);
    expect(warningsWith('skip', [locked, blocked])).toEqual([
      '1 BLOCKED: a rollout would be refused, unless --skip-blocked goes on without them.',
      'Another rollout works on 1 of the images: they would end SKIPPED (strategy.onConflict: skip).',
    ]);
    expect(warningsWith('wait', [{ ...changing(1), isAwaited: true }])).toEqual([
      'Another rollout works on 1 of the images: a rollout would wait for its end (strategy.onConflict: wait).',
    ]);
  });

  it.each([1, 40, 400])('as markdown fits into a comment, with %i times 300 principals', (groupCount) => {
    const principals = Array.from({ length: 300 }, (_, index) => String(200_000_000_000 + index));
    const diffs = Array.from({ length: groupCount }, (_, at) => ({
      ...changing(at + 1),
      change: changeOf({
        observed: anImage(),
        wanted: aTarget(grantsTo([...principals, String(300_000_000_000 + at)])),
        foreignShares: 'block',
        launchPermission: null,
        acceptedPrincipals: [],
        guardrails: { allowWildcardPrincipal: false, maxImages: 1 },
      }),
    }));
    const made = { ...plan(diffs), warnings: Array.from({ length: 50 }, () => 'a_warning '.repeat(200)) };

    const text = renderPlanMarkdown(made).join('\n');

    const shown = text.match(/<details>/g)?.length ?? 0;
    expect(text.length).toBeLessThanOrEqual(60_000);
    expect(text).toContain('- adds 200000000000: GetImage, ListImages');
    expect(text).toContain('- … and 281 more');
    expect(text).toContain('policy-rollout plan --json');
    expect(text).toContain('- :warning: … and 40 more');
    expect(shown).toBeGreaterThan(0);
    expect(text.includes(`… and ${groupCount - shown} more images`)).toBe(shown < groupCount);
  });

  it('as markdown makes neither markup nor mentions of what people wrote', () => {
    const hostile = { ...plan([changing(1)]), rolloutName: '@all <img src=x> | `x` *y*', warnings: ['a\nb'] };

    const text = renderPlanMarkdown(hostile).join('\n');

    expect(text).not.toMatch(/@all|<img|[^\\]\| `|[^\\]\*y/);
    expect(text).toContain('- :warning: a b');
  });
});

it('drift is told of every image that is not in sync', () => {
  const lines = renderDrift(
    {
      formatVersion: 1,
      rolloutName: 'golden',
      manifestSha256: '',
      applied: { runId: 'run', finishedAt: '2026-11-24T08:00:00.000Z' },
      counts: { inSync: 1, drifted: 1, new: 0, gone: 0, unknown: 1 },
      images: [
        { imageArn: image(1), drift: 'IN_SYNC', kinds: [], detail: [] },
        { imageArn: image(2), drift: 'DRIFTED', kinds: ['widened-outside'], detail: ['adds x'] },
        { imageArn: 'odd\n', drift: 'UNKNOWN', kinds: [], detail: ['denied'] },
      ],
    },
    withoutColour,
  );

  expect(lines).toEqual([
    'golden, since 2026-11-24T08:00:00.000Z: 1 in sync, 1 drifted, 0 new, 0 gone, 1 unknown',
    '  web 1.0.0/2 in 111111111111 us-east-1: DRIFTED widened-outside',
    '    adds x',
    '  odd: UNKNOWN',
    '    denied',
  ]);
});

it('visibility is told of everybody who does not see an image, or should not', () => {
  const lines = renderVerify(
    {
      formatVersion: 1,
      rolloutName: 'golden',
      manifestSha256: '',
      counts: { visible: 1, notVisible: 0, inconclusive: 1 },
      images: [
        { imageArn: image(1), verdict: 'VISIBLE', visibility: [], excess: ['444444444444'] },
        {
          imageArn: image(2),
          verdict: 'INCONCLUSIVE',
          visibility: [
            { principal: a, verdict: 'VISIBLE' },
            { principal: b, verdict: 'AWAITING_ACCEPTANCE', expiresAt: '2026-11-24T20:00:00.000Z' },
          ],
          excess: [],
        },
      ],
    },
    withoutColour,
  );

  expect(lines).toEqual([
    'golden: 1 visible, 0 not visible, 1 inconclusive',
    '  web 1.0.0/1 in 111111111111 us-east-1: VISIBLE',
    '    has access and is not wanted: 444444444444',
    '  web 1.0.0/2 in 111111111111 us-east-1: INCONCLUSIVE',
    `    ${b}: AWAITING_ACCEPTANCE until 2026-11-24T20:00:00.000Z`,
  ]);
});

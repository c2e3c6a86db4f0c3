import { readFile, writeFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import type { PlanDocument } from '../../src/contracts/plan-document.ts';
import { runBuiltCli, startBuiltWorker } from '../support/built-cli.ts';
import { callsDuring } from '../support/cli-rig.ts';
import { a, b, c, driftIn, outsider, planIn, planRig, reportIn } from '../support/rig-plans.ts';
import { anImageArn, writesOf } from '../support/simulator.ts';

const { rig, seedImages, rolledOut, act, limitedTo } = planRig(`plan-${process.pid}`);

it('plans a change with its diff and grade, and writes nothing', async () => {
  const images = seedImages('fresh', 2);
  const manifest = await rig.manifest('fresh', { principals: [a, b], images });

  const run = await rig.cli('plan', manifest, '--json', '--detailed-exitcode');
  const plan = planIn(run);

  expect(run.exitCode).toBe(2);
  expect(plan).toMatchObject({
    formatVersion: 1,
    rolloutName: 'fresh',
    counts: { change: 2, unchanged: 0, blocked: 0 },
    grades: { adds: 2 },
    effective: { toChange: 2 },
    waves: [{ name: 'all', images }],
  });
  expect(plan.images[0]).toMatchObject({
    imageArn: images[0],
    action: 'CHANGE',
    grade: 'adds',
    becomesVisibleTo: [a, b],
    shareState: 'none',
    diff: [
      { principal: a, change: 'added' },
      { principal: b, change: 'added' },
    ],
  });
  expect(images.flatMap((image) => writesOf(rig.simulator(), image))).toEqual([]);
});

it('plans nothing for images in sync, and ends with 0', async () => {
  const { manifest } = await rolledOut('synced', 2);

  const run = await rig.cli('plan', manifest, '--json', '--detailed-exitcode');

  expect(run.exitCode).toBe(0);
  expect(planIn(run).counts).toEqual({ change: 0, unchanged: 2, blocked: 0 });
});

it('tells a person and a pull request what would happen', async () => {
  const { images } = await rolledOut('told', 1);
  const more = `accounts: { '${b}': { name: build }, '${c}': { name: web } }`;
  const manifest = await rig.manifest('told', { principals: [a, c], images, more });

  const text = await rig.cli('plan', manifest);
  const markdown = await rig.cli('plan', manifest, '--markdown');

  expect(text.stdout).toContain('1 to change (1 removes), 0 unchanged, 0 blocked');
  expect(text.stdout).toContain(`removes ${b} (build): GetImage, ListImages`);
  expect(text.stdout).toContain(`becomes visible to ${c} (web)`);
  expect(text.stdout).toContain(`becomes invisible to ${b} (build)`);
  expect(markdown.stdout).toContain('<details><summary>1 image: removes</summary>');
  expect(markdown.stdout).toContain(`- adds ${c} (web): GetImage, ListImages`);
});

it('warns of everybody who would see an image and could not launch its AMI, and asks that of changing images alone', async () => {
  const [lacking = '', open = '', synced = ''] = [1, 2, 3].map((build) => anImageArn({ name: 'launched', build }));
  const launchPermission = { userIds: [a] };
  rig.simulator().seed({
    images: [
      { arn: lacking, launchPermission },
      { arn: open, launchPermission: { userGroups: ['all'] } },
      { arn: synced, launchPermission },
    ],
    shares: [{ images: [synced], principals: [a, b], tags: { 'policy-rollout:rollout': 'earlier' } }],
  });
  const manifest = await rig.manifest('launched', { principals: [a, b], images: [lacking, open, synced] });

  let json = { stdout: '' };
  const calls = await callsDuring(rig.simulator(), async () => {
    json = await rig.cli('plan', manifest, '--json');
  });
  const text = await rig.cliAt({}, 'plan', manifest);
  const markdown = await rig.cliAt({}, 'plan', manifest, '--markdown');
  const plan = planIn(json);

  const warning = `1 without launch permission for ${b}`;
  expect(plan.warnings).toEqual([expect.stringContaining(warning)]);
  expect(plan.images.map((image) => image.withoutLaunchPermission)).toEqual([[b], [], undefined]);
  expect(text.stdout).toContain(`warning: ${warning}`);
  expect(text.stdout).toContain(`gives no launch permission to ${b}`);
  expect(markdown.stdout).toContain(`- :warning: ${warning}`);
  expect(calls.filter(({ operation }) => operation === 'GetImage').flatMap((call) => call.images)).toEqual([
    lacking,
    open,
  ]);
});

it('blocks images whose build has not ended, unless it takes them away', async () => {
  const [ready = '', building = ''] = [1, 2].map((build) => anImageArn({ name: 'building', build }));
  rig.simulator().seed({
    images: [{ arn: ready }, { arn: building, status: 'BUILDING' }],
    shares: [{ images: [building], principals: [c], tags: { 'policy-rollout:rollout': 'earlier' } }],
  });
  const giving = await rig.manifest('building', { principals: [a], images: [ready, building] });
  const taking = await rig.manifest('building-unshare', { principals: [], images: [building] });

  const given = planIn(await rig.cli('plan', giving, '--json'));
  const taken = planIn(await rig.cli('plan', taking, '--json'));

  expect(given.images).toMatchObject([
    { imageArn: ready, action: 'CHANGE' },
    { imageArn: building, action: 'BLOCKED', reason: { code: 'image-not-available' } },
  ]);
  expect(taken.images).toMatchObject([{ imageArn: building, action: 'CHANGE' }]);
});

/** Why an image is BLOCKED, how that comes about, and what of the manifest it needs. */
const obstacles: readonly (readonly [string, (image: string) => unknown, string])[] = [
  [
    'share-not-ours',
    (image) => rig.simulator().seed({ images: [{ arn: image }], shares: [{ images: [image], principals: [c] }] }),
    '',
  ],
  ['image-gone', () => undefined, ''],
  [
    'aws-access-denied',
    (image) => {
      rig.simulator().seed({ images: [{ arn: image }] });
      const answer = { kind: 'error', status: 403, name: 'ForbiddenException' } as const;
      rig.simulator().addFaults([{ operation: 'GetImagePolicy', image, times: 'always', answer }]);
    },
    '',
  ],
  [
    'guardrail-violated',
    (image) => rig.simulator().seed({ images: [{ arn: image }] }),
    "guardrails: { requiredTags: { tested: 'true' } }",
  ],
  [
    'image-held',
    async (image) => {
      rig.simulator().seed({ images: [{ arn: image }] });
      await rig.cli('holds', 'add', 'obstacle', '--images', image, '--until', '1h', '--reason', 'a test', '--yes');
    },
    '',
  ],
];

it.each(obstacles)('blocks the image that is %s alone, and writes nothing', async (code, hinder, more) => {
  const name = `obstacle-${code}`;
  const [free = '', hindered = ''] = [1, 2].map((build) => anImageArn({ name, build }));
  rig.simulator().seed({ images: [{ arn: free, tags: { tested: 'true' } }] });
  await hinder(hindered);
  const manifest = await rig.manifest(name, { principals: [a], images: [free, hindered], more });

  const run = await rig.cli('plan', manifest, '--json', '--detailed-exitcode');
  const text = await rig.cli('plan', manifest);
  rig.simulator().clearFaults();
  await rig.cli('holds', 'remove', 'obstacle', '--reason', 'a test', '--yes');

  expect(run.exitCode).toBe(2);
  const { counts, images } = planIn(run);
  expect(counts).toEqual({ change: 1, unchanged: 0, blocked: 1 });
  expect(images.toSorted((left, right) => left.imageArn.localeCompare(right.imageArn))).toMatchObject([
    { imageArn: free, action: 'CHANGE' },
    { imageArn: hindered, action: 'BLOCKED', reason: { code } },
  ]);
  expect(text.stdout).toContain(`1 image BLOCKED: ${code}`);
  expect([free, hindered].flatMap((image) => writesOf(rig.simulator(), image))).toEqual([]);
});

it("blocks what the worker's limits forbid", async () => {
  const [image = ''] = seedImages('beyond', 1);
  const manifest = await rig.manifest('beyond', { principals: [a, b], images: [image] });
  const variables = await limitedTo('beyond', [a]);
  await startBuiltWorker(variables);

  const plan = planIn(await runBuiltCli(['plan', manifest, '--json'], variables));

  expect(plan.images).toMatchObject([{ action: 'BLOCKED', reason: { code: 'limits-exceeded' } }]);
  expect(plan.images[0]?.reason?.detail).toContain(b);
});

it('says what becomes of the image that another rollout works on, as strategy.onConflict has it', async () => {
  const [taken = '', free = ''] = seedImages('contended', 2);
  const answer = { kind: 'unavailable' } as const;
  rig.simulator().addFaults([{ operation: 'PutImagePolicy', image: taken, times: 'always', answer }]);
  await rig.cli('apply', await rig.manifest('contender', { principals: [c], images: [taken] }), '--yes', '--detach');
  await vi.waitFor(() => expect(writesOf(rig.simulator(), taken)).not.toEqual([]), 30_000);
  const planWith = async (onConflict: string): Promise<PlanDocument> => {
    const more = `strategy: { onConflict: ${onConflict} }`;
    const manifest = await rig.manifest(`contended-${onConflict}`, { principals: [a], images: [taken, free], more });
    return planIn(await rig.cli('plan', manifest, '--json'));
  };

  const [failing, skipping, waiting] = [await planWith('fail'), await planWith('skip'), await planWith('wait')];
  rig.simulator().clearFaults();
  await rig.cli('abort', 'contender', '--yes', '--reason', 'a test');

  for (const plan of [failing, skipping]) {
    expect(plan.images).toMatchObject([
      { imageArn: taken, action: 'BLOCKED', reason: { code: 'image-locked' } },
      { imageArn: free, action: 'CHANGE' },
    ]);
  }
  expect(failing.warnings).toEqual([expect.stringContaining('works on 1 of the images: they would end FAILED')]);
  expect(skipping.warnings).toEqual([expect.stringContaining('works on 1 of the images: they would end SKIPPED')]);
  expect(waiting.counts).toEqual({ change: 2, unchanged: 0, blocked: 0 });
  expect(waiting.warnings).toEqual([expect.stringContaining('works on 1 of the images: a rollout would wait')]);
});

const quotaAccount = '555555555555';

it('reads how full the small quotas are in the account and Region of a change', async () => {
  const territory = { account: quotaAccount, region: 'us-east-1', actions: ['imagebuilder:ListImages'] };
  const [image = '', offered = ''] = ['quota', 'quota-offered'].map((name) =>
    anImageArn({ account: quotaAccount, name }),
  );
  rig.simulator().seed({
    images: [{ arn: image }, { arn: offered }],
    permissions: ['theirs', 'others'].map((name) => ({ ...territory, name })),
    shares: [{ images: [offered], principals: [{ id: outsider, status: 'ASSOCIATING' }] }],
  });
  const more = `accounts: { '${quotaAccount}': { roleArn: 'arn:aws:iam::${quotaAccount}:role/owner' } }`;
  const manifest = await rig.manifest('quota', { principals: [a], images: [image], more });
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace('policy: {', "policy: { actions: ['imagebuilder:GetImage'],"));

  const plan = planIn(await rig.cli('plan', manifest, '--json'));
  const told = await rig.cli('plan', manifest);

  expect(plan.unreadQuotaCount).toBe(0);
  expect(plan.quotas).toEqual([
    {
      partition: `${quotaAccount}/us-east-1`,
      customerPermissions: { used: 2, most: 10, wanted: 1 },
      pendingInvitations: { used: 1, most: 20 },
    },
  ]);
  expect(told.stdout).toContain(
    `quotas of ${quotaAccount}/us-east-1: 8 of 10 customer managed permissions free and 1 needed, 19 of 20 pending invitations free`,
  );
});

it('reads no quotas where the accounts and Regions are many, and says so', async () => {
  const accounts = Array.from({ length: 51 }, (_, index) => String(600_000_000_000 + index));
  const images = accounts.map((account) => anImageArn({ account, name: 'spread' }));
  rig.simulator().seed({ images: images.map((arn) => ({ arn })) });
  const roles = accounts.map((account) => [account, { roleArn: `arn:aws:iam::${account}:role/owner` }]);
  const more = `accounts: ${JSON.stringify(Object.fromEntries(roles))}`;
  const manifest = await rig.manifest('spread', { principals: [a], images, more });

  let run = { stdout: '' };
  const calls = await callsDuring(rig.simulator(), async () => {
    run = await rig.cli('plan', manifest, '--json');
  });

  expect(planIn(run)).toMatchObject({ counts: { change: 51 }, quotas: [], unreadQuotaCount: 51 });
  expect(calls.filter(({ operation }) => operation === 'ListPermissions')).toEqual([]);
});

it('plans many images in sync with at most 1.2 calls for each', async () => {
  const images = Array.from({ length: 200 }, (_, index) => anImageArn({ name: 'many', build: index + 1 }));
  const tags = { 'policy-rollout:rollout': 'many' };
  rig.simulator().seed({
    images: images.map((arn) => ({ arn })),
    shares: images.map((arn) => ({ images: [arn], principals: [a, b], tags })),
  });
  const manifest = await rig.manifest('many', { principals: [a, b], images });

  let plan = { stdout: '' };
  const calls = await callsDuring(rig.simulator(), async () => {
    plan = await rig.cli('plan', manifest, '--json');
  });

  expect(planIn(plan).counts).toEqual({ change: 0, unchanged: 200, blocked: 0 });
  expect(calls.length).toBeLessThanOrEqual(1.2 * images.length);
  expect(calls.filter(({ isWrite }) => isWrite)).toEqual([]);
});

it('takes no accepted access from an account outside the organisation unless it is allowed', async () => {
  const images = seedImages('outside', 1);
  const before = await rig.manifest('outside', { principals: [a, outsider], images });
  await rig.cli('apply', before, '--yes');
  act({ kind: 'accept-invitations', account: outsider, region: 'us-east-1' });
  const manifest = await rig.manifest('outside', { principals: [a], images });

  const plan = await rig.cli('plan', manifest, '--json');
  const refused = await rig.cli('apply', manifest, '--yes', '--json');
  const allowed = await rig.cli('apply', manifest, '--yes', '--json', '--allow-irreversible');

  expect(planIn(plan).images[0]).toMatchObject({ action: 'CHANGE', grade: 'irreversible' });
  expect(refused.exitCode).toBe(7);
  expect(reportIn(refused).images[0]?.error?.code).toBe('change-irreversible');
  expect(allowed.exitCode).toBe(0);
});

it('shows the plan to whoever sits at a terminal, and asks', async () => {
  const images = seedImages('asked', 1);
  const manifest = await rig.manifest('asked', { principals: [a], images });
  const questions: string[] = [];

  const { exitCode, stderr } = await rig.cliAt(
    { ask: (question) => Promise.resolve((questions.push(question), 'no')) },
    'apply',
    manifest,
  );

  expect(questions).toEqual(['Roll asked out to 1 image? [y/N] ']);
  expect(stderr).toContain(`adds ${a}: GetImage, ListImages`);
  expect(exitCode).toBe(64);
  expect(writesOf(rig.simulator(), images[0] ?? '')).toEqual([]);
});

it('finds and does the same where AWS throttles and fails a fifth of all calls', async () => {
  const { manifest, images } = await rolledOut('stormy', 10);
  act({ kind: 'disassociate', image: images[0] ?? '', principals: [b] });
  rig.simulator().addFaults([
    { operation: '*', times: 'always', probability: 0.1, answer: { kind: 'throttle' } },
    { operation: '*', times: 'always', probability: 0.1, answer: { kind: 'unavailable' } },
  ]);

  const plan = await rig.cli('plan', manifest, '--json', '--out', rig.path('stormy.json'));
  const drift = await rig.cli('drift', manifest, '--json');
  const unseen = await rig.cli('verify', manifest, '--json');
  const applied = await rig.cli('apply', rig.path('stormy.json'), '--yes', '--json');
  const seen = await rig.cli('verify', manifest, '--json');
  rig.simulator().clearFaults();

  expect(planIn(plan).counts).toEqual({ change: 1, unchanged: 9, blocked: 0 });
  expect(driftIn(drift).counts).toEqual({ inSync: 9, drifted: 1, new: 0, gone: 0, unknown: 0 });
  expect(reportIn(applied).counts).toMatchObject({ total: 10, succeeded: 1, unchanged: 9 });
  expect([unseen.exitCode, applied.exitCode, seen.exitCode]).toEqual([2, 0, 0]);
  expect(images.map((image) => rig.simulator().image(image)?.access.toSorted())).toEqual(images.map(() => [a, b]));
});

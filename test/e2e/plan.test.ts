import { readFile, writeFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import type { DriftDocument, PlanDocument, VerifyDocument } from '../../src/contracts/plan-document.ts';
import type { RolloutReport } from '../../src/contracts/report.ts';
import type { Act } from '../../src/simulator/acts.ts';
import { killAndWait, runBuiltCli, spawnBuiltWorker, startBuiltWorker } from '../support/built-cli.ts';
import { expectOneClearMessage } from '../support/clear-message.ts';
import { callsDuring, cliRig } from '../support/cli-rig.ts';
import { anImageArn, ownerAccount, writesOf } from '../support/simulator.ts';

const a = '222222222222';
const b = '333333333333';
const c = '444444444444';
const outsider = '888888888888';
const rig = cliRig(`plan-${process.pid}`, {
  settings: {
    organization: { id: 'o-company', managementAccount: '999999999999', members: [ownerAccount, a, b, c] },
    behaviour: { outsideInvitationVisibleToOwner: 'yes' },
  },
});

/** Unshared images of one name. */
function seedImages(name: string, count: number): readonly string[] {
  const arns = Array.from({ length: count }, (_, index) => anImageArn({ name, build: index + 1 }));
  rig.simulator().seed({ images: arns.map((arn) => ({ arn })) });
  return arns;
}

/** Images that a rollout has shared with A and B. */
async function rolledOut(name: string, count: number): Promise<{ manifest: string; images: readonly string[] }> {
  const images = seedImages(name, count);
  const manifest = await rig.manifest(name, { principals: [a, b], images });
  const { exitCode, stderr } = await rig.cli('apply', manifest, '--yes');
  if (exitCode !== 0) throw new Error(stderr);
  return { manifest, images };
}

async function act(given: Act): Promise<void> {
  rig.simulator().act(given);
  rig.simulator().settle();
  await Promise.resolve();
}

function planIn({ stdout }: { readonly stdout: string }): PlanDocument {
  return JSON.parse(stdout) as PlanDocument;
}

function driftIn({ stdout }: { readonly stdout: string }): DriftDocument {
  return JSON.parse(stdout) as DriftDocument;
}

function sightIn({ stdout }: { readonly stdout: string }): VerifyDocument {
  return JSON.parse(stdout) as VerifyDocument;
}

function reportIn({ stdout }: { readonly stdout: string }): RolloutReport {
  return JSON.parse(stdout) as RolloutReport;
}

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

const allowOnly = (...accounts: readonly string[]): string =>
  [
    'apiVersion: policy-rollout/v1',
    `ownerAccounts: { '${ownerAccount}': {} }`,
    `grantTo: { accounts: ${JSON.stringify(accounts)} }`,
  ].join('\n');

/** A worker with limits of its own, on a task queue of its own; gives the environment of both sides. */
async function limitedTo(queue: string, accounts: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const limits = rig.path(`${queue}-${accounts.length}.yaml`);
  await writeFile(limits, allowOnly(...accounts));
  return {
    ...rig.variables(),
    POLICY_ROLLOUT_TASK_QUEUE: `plan-${queue}-${process.pid}`,
    POLICY_ROLLOUT_LIMITS: limits,
  };
}

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

it('applies a saved plan, and leaves alone just the image that has changed since', async () => {
  const [changed = '', kept = ''] = seedImages('stale', 2);
  const manifest = await rig.manifest('stale', { principals: [a, b], images: [changed, kept] });
  const file = rig.path('stale.json');
  await rig.cli('plan', manifest, '--out', file);
  await act({ kind: 'create-share', image: changed, principals: [c] });

  const run = await rig.cli('apply', file, '--yes', '--json');
  const { state, images } = reportIn(run);

  expect(run.exitCode).toBe(3);
  expect(state).toBe('COMPLETED_WITH_FAILURES');
  expect(images.map(({ imageArn, state: own, error }) => [imageArn, own, error?.code])).toEqual([
    [changed, 'SKIPPED', 'plan-stale'],
    [kept, 'SUCCEEDED', undefined],
  ]);
  expect(writesOf(rig.simulator(), changed)).toEqual([]);
});

it('refuses a saved plan over an image that has got a hold since', async () => {
  const [image = ''] = seedImages('held-since', 1);
  const file = rig.path('held-since.json');
  await rig.cli('plan', await rig.manifest('held-since', { principals: [a], images: [image] }), '--out', file);
  const because = ['--reason', 'a test', '--yes'];
  await rig.cli('holds', 'add', 'held-since', '--images', image, '--until', '1h', ...because);

  const refused = await rig.cli('apply', file, '--yes', '--json');
  const writesWhileHeld = writesOf(rig.simulator(), image);
  await rig.cli('holds', 'remove', 'held-since', ...because);
  const applied = await rig.cli('apply', file, '--yes', '--json');

  expect(refused.exitCode).toBe(7);
  expect(reportIn(refused)).toMatchObject({ state: 'REFUSED', images: [{ error: { code: 'image-held' } }] });
  expect(writesWhileHeld).toEqual([]);
  expect(applied.exitCode).toBe(0);
});

it("refuses a saved plan that the worker's limits have come to forbid", async () => {
  const [image = ''] = seedImages('limited-since', 1);
  const file = rig.path('limited-since.json');
  const manifest = await rig.manifest('limited-since', { principals: [a, b], images: [image] });
  const [wide, narrow] = [await limitedTo('since', [a, b]), await limitedTo('since', [a])];
  const before = await spawnBuiltWorker(wide);
  const planned = planIn(await runBuiltCli(['plan', manifest, '--json', '--out', file], wide));
  await killAndWait(before);
  await startBuiltWorker(narrow);

  const refused = await runBuiltCli(['apply', file, '--yes', '--json'], narrow);

  expect(planned.counts).toEqual({ change: 1, unchanged: 0, blocked: 0 });
  expect(refused.exitCode).toBe(7);
  expect(reportIn(refused)).toMatchObject({ state: 'REFUSED', images: [{ error: { code: 'limits-exceeded' } }] });
  expect(reportIn(refused).limitsSha256).not.toBe(planned.limitsSha256);
  expect(writesOf(rig.simulator(), image)).toEqual([]);
});

it('attaches to the rollout that carries out the same plan, and to no other', async () => {
  const images = seedImages('attached', 2);
  const more = 'strategy: { waves: [{ name: first, count: 1, approval: { timeout: 1h } }, { name: rest }] }';
  const manifest = await rig.manifest('attached', { principals: [a, b], images, more });
  const [file, other] = [rig.path('attached.json'), rig.path('attached-other.json')];
  await rig.cli('plan', manifest, '--out', file);
  await rig.cli('plan', manifest, '--out', other);
  await rig.cli('apply', file, '--yes', '--detach');

  const [same, another] = [await rig.cli('apply', file, '--yes', '--detach'), await rig.cli('apply', other, '--yes')];
  await rig.cli('abort', 'attached', '--yes', '--reason', 'a test');

  expect([same.exitCode, same.stderr]).toEqual([0, expect.stringContaining('Runs already')]);
  expect([another.exitCode, another.stderr]).toEqual([7, expect.stringContaining('with another plan')]);
});

it('refuses a plan of which nothing is left, unless it may plan anew', async () => {
  const { images } = await rolledOut('anew', 1);
  const manifest = await rig.manifest('anew', { principals: [a], images });
  const file = rig.path('anew.json');
  await rig.cli('plan', manifest, '--out', file);
  await act({ kind: 'disassociate', image: images[0] ?? '', principals: [a] });

  const refused = await rig.cli('apply', file, '--yes', '--json');
  const replanned = await rig.cli('apply', file, '--yes', '--json', '--replan');

  expect(refused.exitCode).toBe(7);
  expect(reportIn(refused)).toMatchObject({ state: 'REFUSED', error: { code: 'plan-stale' } });
  expect(replanned.exitCode).toBe(0);
});

const otherHash = 'f'.repeat(64);

/** What becomes of the file of a plan, and how it is refused. */
it.each<[string, (text: string) => string, readonly string[], number, string, string]>([
  ['edited by hand', (text) => text.replaceAll(a, c), [], 65, 'plan-invalid', 'was changed'],
  ['cut off', (text) => text.slice(0, -20), [], 65, 'plan-invalid', 'is not JSON'],
  ['of a later version', (text) => text.replace('ion":1', 'ion":2'), [], 65, 'plan-invalid', 'format version 2'],
  ['renamed to another rollout', (text) => text.replaceAll('"refused"', '"x"'), [], 65, 'plan-invalid', 'was changed'],
  ['not the approved one', (text) => text, ['--plan-sha256', otherHash], 65, 'plan-invalid', otherHash],
  ['too old', (text) => text, ['--max-age', '1ms'], 7, 'plan-expired', 'longer ago than 1ms'],
  ['no plan at all', () => '{"formatVersion": 1, "images": []}', [], 65, 'manifest-invalid', 'formatVersion'],
  ['gone', () => '', [], 66, 'file-not-found', 'gone.json'],
])(
  'refuses a plan that is %s, with one message and without a write',
  async (what, change, more, exitCode, code, says) => {
    const image = anImageArn({ name: 'refused' });
    if (rig.simulator().image(image) === undefined) seedImages('refused', 1);
    const manifest = await rig.manifest('refused', { principals: [a], images: [image] });
    const made = rig.path('refused.json');
    const given = what === 'gone' ? rig.path('gone.json') : made;
    await rig.cliAt({}, 'plan', manifest, '--out', made);
    await writeFile(made, change(await readFile(made, 'utf8')));

    const run = await rig.cliAt({ now: () => Date.now() }, 'apply', given, '--yes', ...more);

    expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode, stdout: '' });
    expectOneClearMessage(run, code, [says]);
    expect(writesOf(rig.simulator(), image)).toEqual([]);
  },
);

it('refuses a plan as long as another rollout of its name is running', async () => {
  const images = seedImages('occupied', 2);
  const more = 'strategy: { waves: [{ name: first, count: 1, approval: { timeout: 1h } }, { name: rest }] }';
  const file = rig.path('occupied.json');
  await rig.cliAt({}, 'plan', await rig.manifest('occupied', { principals: [b], images }), '--out', file);
  await rig.cliAt({}, 'apply', await rig.manifest('occupied', { principals: [a], images, more }), '--yes', '--detach');

  const run = await rig.cliAt({ now: () => Date.now() }, 'apply', file, '--yes');
  await rig.cliAt({}, 'abort', 'occupied', '--yes', '--reason', 'a test');

  expect(run.exitCode).toBe(7);
  expectOneClearMessage(run, 'rollout-running', ['occupied']);
});

const byHand: readonly (readonly [string, (image: string) => Act, readonly string[]])[] = [
  ['widened', (image) => ({ kind: 'associate', image, principals: [c] }), ['widened-outside']],
  ['narrowed', (image) => ({ kind: 'disassociate', image, principals: [b] }), ['access-removed-outside']],
  ['deleted', (image) => ({ kind: 'delete-shares', image }), ['access-removed-outside', 'share-gone']],
];

it.each(byHand)('finds what was %s by hand, and writes nothing', async (name, change, kinds) => {
  const { manifest, images } = await rolledOut(name, 2);
  const [drifted = '', kept = ''] = images;
  await act(change(drifted));

  let run = { exitCode: -1, stdout: '' };
  const calls = await callsDuring(rig.simulator(), async () => {
    run = await rig.cli('drift', manifest, '--json', '--detailed-exitcode');
  });
  const drift = driftIn(run);

  expect(run.exitCode).toBe(2);
  expect(drift.counts).toEqual({ inSync: 1, drifted: 1, new: 0, gone: 0, unknown: 0 });
  expect(drift.images.map(({ imageArn, drift: own, kinds: found }) => [imageArn, own, found])).toEqual([
    [drifted, 'DRIFTED', kinds],
    [kept, 'IN_SYNC', []],
  ]);
  expect(calls.filter(({ isWrite }) => isWrite)).toEqual([]);
});

it('says what is new and what is gone', async () => {
  const { images } = await rolledOut('lives', 1);
  const [added = ''] = seedImages('lives-new', 1);
  const absent = anImageArn({ name: 'lives-gone' });
  const manifest = await rig.manifest('lives', { principals: [a, b], images: [...images, added, absent] });

  const run = await rig.cli('drift', manifest, '--json');

  expect(run.exitCode).toBe(0);
  expect(driftIn(run).counts).toEqual({ inSync: 1, drifted: 0, new: 1, gone: 1, unknown: 0 });
});

it('measures visibility anew: seen, and not seen', async () => {
  const { manifest, images } = await rolledOut('seen', 1);

  const seen = await rig.cli('verify', manifest, '--json');
  await act({ kind: 'disassociate', image: images[0] ?? '', principals: [b] });
  const unseen = await rig.cli('verify', manifest, '--json');

  expect(seen.exitCode).toBe(0);
  expect(sightIn(seen).counts).toEqual({ visible: 1, notVisible: 0, inconclusive: 0 });
  expect(unseen.exitCode).toBe(2);
  expect(sightIn(unseen).images[0]?.visibility).toEqual([
    { principal: a, verdict: 'VISIBLE' },
    { principal: b, verdict: 'NOT_VISIBLE' },
  ]);
});

it('ends a proof with 2 where somebody has access who is not wanted', async () => {
  const { manifest, images } = await rolledOut('exceeding', 1);
  await act({ kind: 'associate', image: images[0] ?? '', principals: [c] });

  const run = await rig.cli('verify', manifest, '--json');

  expect(run.exitCode).toBe(2);
  expect(sightIn(run)).toMatchObject({
    counts: { visible: 1, notVisible: 0, inconclusive: 0 },
    images: [{ verdict: 'VISIBLE', excess: [c] }],
  });
});

it('ends a proof with 6 as long as an account has not accepted its invitation', async () => {
  const images = seedImages('invited', 1);
  const manifest = await rig.manifest('invited', { principals: [a, outsider], images });
  await rig.cli('apply', manifest, '--yes');

  const open = await rig.cli('verify', manifest, '--json');
  await act({ kind: 'accept-invitations', account: outsider, region: 'us-east-1' });
  const seen = await rig.cli('verify', manifest, '--json');

  expect(open.exitCode).toBe(6);
  expect(sightIn(open)).toMatchObject({
    counts: { visible: 0, notVisible: 0, inconclusive: 1 },
    images: [
      {
        verdict: 'INCONCLUSIVE',
        visibility: [
          { principal: a, verdict: 'VISIBLE' },
          { principal: outsider, verdict: 'AWAITING_ACCEPTANCE' },
        ],
      },
    ],
  });
  expect(seen.exitCode).toBe(0);
});

it('asks the consumers themselves where the manifest has roles for that: seen, hidden, and not to be measured', async () => {
  const { manifest, images } = await rolledOut('asked-there', 1);
  const [image = ''] = images;
  const denied = `arn:aws:iam::${b}:role/denied`;
  rig.simulator().changeSettings({ roles: [{ arn: denied, isDenied: true }] });
  const verifyWith = async (roles: Readonly<Record<string, string>>) => {
    const consumerRoles = Object.entries(roles).map(([account, roleArn]) => [account, { roleArn }]);
    const given = (await readFile(manifest, 'utf8')).replace(
      'verification: {',
      `verification: { consumerRoles: ${JSON.stringify(Object.fromEntries(consumerRoles))},`,
    );
    const path = rig.path('asked-there-roles.yaml');
    await writeFile(path, given);
    return rig.cli('verify', path, '--json');
  };
  const readers = { [a]: `arn:aws:iam::${a}:role/reader`, [b]: `arn:aws:iam::${b}:role/reader` };
  const verdictsOf = (run: { readonly stdout: string }) =>
    sightIn(run).images[0]?.visibility.map(({ verdict }) => verdict);

  let seen = { exitCode: -1, stdout: '' };
  const calls = await callsDuring(rig.simulator(), async () => {
    seen = await verifyWith(readers);
  });
  const open = await verifyWith({ ...readers, [b]: denied });
  const answer = { kind: 'error', status: 404, name: 'ResourceNotFoundException' } as const;
  rig.simulator().addFaults([{ operation: 'ListImageBuildVersions', account: a, times: 'always', answer }]);
  const hidden = await verifyWith(readers);
  rig.simulator().clearFaults();
  rig.simulator().changeSettings({ roles: [] });

  expect([seen.exitCode, verdictsOf(seen)]).toEqual([0, ['VISIBLE', 'VISIBLE']]);
  expect([open.exitCode, verdictsOf(open)]).toEqual([6, ['VISIBLE', 'INCONCLUSIVE']]);
  expect([hidden.exitCode, verdictsOf(hidden)]).toEqual([2, ['NOT_VISIBLE', 'VISIBLE']]);
  expect(calls.filter(({ operation }) => operation === 'ListResources').map(({ account }) => account)).toEqual(
    expect.arrayContaining([a, b]),
  );
  expect(writesOf(rig.simulator(), image).filter(({ seq }) => seq >= (calls[0]?.seq ?? 0))).toEqual([]);
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

it('finds no drift of many images in sync with at most 1.2 calls for each', async () => {
  const images = Array.from({ length: 200 }, (_, index) => anImageArn({ name: 'still', build: index + 1 }));
  const tags = { 'policy-rollout:rollout': 'still' };
  rig.simulator().seed({
    images: images.map((arn) => ({ arn })),
    shares: images.map((arn) => ({ images: [arn], principals: [a, b], tags })),
  });
  const manifest = await rig.manifest('still', { principals: [a, b], images });
  await rig.cli('apply', manifest, '--yes');

  let drift = { stdout: '' };
  const calls = await callsDuring(rig.simulator(), async () => {
    drift = await rig.cli('drift', manifest, '--json');
  });

  expect(driftIn(drift).counts).toEqual({ inSync: 200, drifted: 0, new: 0, gone: 0, unknown: 0 });
  expect(calls.length).toBeLessThanOrEqual(1.2 * images.length);
  expect(calls.filter(({ isWrite }) => isWrite)).toEqual([]);
});

it('takes no accepted access from an account outside the organisation unless it is allowed', async () => {
  const images = seedImages('outside', 1);
  const before = await rig.manifest('outside', { principals: [a, outsider], images });
  await rig.cli('apply', before, '--yes');
  await act({ kind: 'accept-invitations', account: outsider, region: 'us-east-1' });
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

it('finds the same where AWS throttles and fails a fifth of all calls', async () => {
  const { manifest, images } = await rolledOut('stormy', 10);
  await act({ kind: 'disassociate', image: images[0] ?? '', principals: [b] });
  rig.simulator().addFaults([
    { operation: '*', times: 'always', probability: 0.1, answer: { kind: 'throttle' } },
    { operation: '*', times: 'always', probability: 0.1, answer: { kind: 'unavailable' } },
  ]);

  const plan = await rig.cli('plan', manifest, '--json');
  const drift = await rig.cli('drift', manifest, '--json');
  rig.simulator().clearFaults();

  expect(planIn(plan).counts).toEqual({ change: 1, unchanged: 9, blocked: 0 });
  expect(driftIn(drift).counts).toEqual({ inSync: 9, drifted: 1, new: 0, gone: 0, unknown: 0 });
});

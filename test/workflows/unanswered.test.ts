import { beforeAll, describe, expect, it } from 'vitest';
import { readLedger } from '../../src/client/ledger.ts';
import { imageWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { compactImageSet } from '../../src/domain/image-set.ts';
import { defaultActions } from '../../src/domain/policy.ts';
import { lostAnswersOf } from '../support/lost-answers.ts';
import { asking, bulkSpec, startBulk, untilStatus } from '../support/rig-bulk.ts';
import {
  principals,
  quickTiming,
  rigImage,
  rigOrigin,
  seedOf,
  sharedEarlier,
  unshared,
} from '../support/rig-images.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, rollOut, startRig, statesByName, untilJournal } from '../support/rig.ts';
import { writesOf } from '../support/simulator.ts';

// A role of another account, so B seems not to find the image; nobody has to wait for that.
const unseenByB = {
  consumerRoles: { [principals.b]: { roleArn: 'arn:aws:iam::555555555555:role/reader' } },
  timing: { ...quickTiming, verificationTimeoutMs: 1_000 },
};

const origin = { ...rigOrigin, reason: 'a test' };

const seeded = unshared('lost-seed');
const changed = sharedEarlier('lost-change');
const unseen = sharedEarlier('lost-unseen');
const aborted = [sharedEarlier('lost-aborted'), unshared('lost-never-begun')];
const unlooked = unshared('ended-unlooked');
const begun = sharedEarlier('ended-begun');
const all = [seeded, changed, unseen, ...aborted, unlooked, begun];

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({
    seed: seedOf(all),
    faults: lostAnswersOf([seeded, changed, unseen, ...aborted].map(({ image }) => image)),
  });
});

function accessTo(image: string): readonly string[] {
  return [...(rig.simulator.image(image)?.access ?? [])].sort();
}

function accessEverTo(image: string): readonly string[] {
  return rig.simulator.accessHistory(image).flatMap((entry) => entry.principals);
}

function answersTo(image: string) {
  return writesOf(rig.simulator, image).filter(({ answered }) => answered);
}

describe('images of which AWS has answered no write', () => {
  it('are put back by an undo, and are among the baselines', async () => {
    const { client } = rig;
    const images = [seeded.image, changed.image];
    const report = await rollOut(client, bulkSpec('lost', images));
    const accessBetween = images.map(accessTo);
    const baselines = await client.baselines('lost');

    await client.undo('lost', origin);
    const undone = await endedReport(client, 'lost-undo');

    const { a, b, c } = principals;
    expect(report.images.map(({ state, requestIds }) => [state, requestIds])).toEqual([
      ['SUCCEEDED', []],
      ['SUCCEEDED', []],
    ]);
    expect(accessBetween).toEqual([
      [a, b],
      [a, b],
    ]);
    expect(baselines.images.map(({ imageArn }) => imageArn).sort()).toEqual([...images].sort());
    expect(undone).toMatchObject({ state: 'SUCCEEDED', counts: { total: 2, succeeded: 2 } });
    expect(images.flatMap(answersTo)).toEqual([]);
    expect(images.map(accessTo)).toEqual([[], [a, c]]);
  });

  it('are in the ledger where they have failed and are kept, and are put back as well', async () => {
    const { client, temporal } = rig;
    const report = await rollOut(client, bulkSpec('lost-unseen', [unseen.image], unseenByB));
    const accessBetween = accessTo(unseen.image);
    const access = { client: temporal, namespace: '', call: <R>(calls: () => Promise<R>) => calls() };
    const ledger = await readLedger(access, 'lost-unseen');

    await client.undo('lost-unseen', origin);
    await endedReport(client, 'lost-unseen-undo');

    expect(report.images).toMatchObject([{ state: 'FAILED', requestIds: [], error: { code: 'not-visible' } }]);
    expect(accessBetween).toEqual([principals.a, principals.b]);
    expect(ledger.entries).toMatchObject([{ fate: 'applied', images: compactImageSet([unseen.image]) }]);
    expect(accessTo(unseen.image)).toEqual([principals.a, principals.c]);
  });

  it('are put back by an abort with an undo, and those alone', async () => {
    const { client, simulator } = rig;
    const [first, next] = aborted.map(({ image }) => image);
    const waves = [{ name: 'first', count: 1, soakMs: 3_600_000 }, { name: 'rest' }];
    await startBulk(
      client,
      bulkSpec(
        'lost-aborted',
        [first, next].flatMap((image) => image ?? []),
        { strategy: { waves } },
      ),
    );
    await untilStatus(client, 'lost-aborted', ({ state }) => state === 'SOAKING');

    await client.abort('lost-aborted', asking('ann'), { isUndoing: true });
    await endedReport(client, 'lost-aborted');
    const undone = await endedReport(client, 'lost-aborted-undo');

    expect(statesByName(undone.images)).toEqual({ 'lost-aborted': 'SUCCEEDED' });
    expect(answersTo(first ?? '')).toEqual([]);
    expect(accessTo(first ?? '')).toEqual([principals.a, principals.c]);
    expect(writesOf(simulator, next ?? '')).toEqual([]);
  });
});

it('a principal that RAM fails to associate again is given up for, although RAM answers nothing', async () => {
  const { client, simulator } = rig;
  const { image, seed } = unshared('lost-again', { failingPrincipals: [principals.b] });
  simulator.seed(seed);
  simulator.addFaults(lostAnswersOf([image]));
  const timing = { ...quickTiming, verificationTimeoutMs: 1_000 };

  const { images } = await rollOut(client, bulkSpec('lost-again', [image], { timing }));

  expect(images).toMatchObject([{ state: 'FAILED', error: { code: 'not-visible' } }]);
  expect(writesOf(simulator, image).filter(({ operation }) => operation === 'AssociateResourceShare')).toHaveLength(1);
  expect(accessTo(image)).toEqual([principals.a]);
});

it('an undo takes back a write that lands late, also where one before it was answered', async () => {
  const { client, simulator } = rig;
  const image = rigImage('landing');
  const operation = 'AssociateResourceShare';
  const share = { images: [image], principals: [principals.a], tags: { 'policy-rollout:rollout': 'earlier' } };
  const getOnly = { account: '111111111111', region: 'us-east-1', name: 'get-only', actions: [defaultActions[0]] };
  simulator.seed({
    images: [{ arn: image }],
    permissions: [getOnly],
    shares: [{ ...share, permissionName: getOnly.name }],
  });
  // The request ends after two seconds.
  simulator.addFaults([
    { operation, image, answer: { kind: 'delay', durationMs: 3_500 } },
    { operation, image, answer: { kind: 'error', status: 403, name: 'AccessDeniedException' } },
  ]);
  await startBulk(client, bulkSpec('landing', [image], { timing: { ...quickTiming, unansweredMs: 5_000 } }));

  const { images } = await endedReport(client, 'landing');
  await untilJournal(simulator, 'the late write', () => accessEverTo(image).includes(principals.b));

  expect(images).toMatchObject([{ state: 'COMPENSATED', error: { code: 'aws-access-denied' } }]);
  expect(writesOf(simulator, image).map((write) => write.operation)).toContain('AssociateResourceSharePermission');
  expect(accessTo(image)).toEqual([principals.a]);
});

it('an undo leaves no image out that somebody has terminated, and puts back what the rollout had begun', async () => {
  const { client, simulator, temporal } = rig;
  const answer = { kind: 'unavailable' } as const;
  simulator.addFaults([
    { operation: 'GetImage', image: unlooked.image, times: 'always', answer },
    { operation: 'DisassociateResourceShare', image: begun.image, times: 'always', answer },
  ]);
  await startBulk(client, bulkSpec('ended', [unlooked.image, begun.image]));
  const isCalled = (image: string, name: string) =>
    simulator.journal(image).some(({ operation }) => operation === name);
  await untilJournal(
    simulator,
    'one look and one write',
    () => isCalled(unlooked.image, 'GetImage') && isCalled(begun.image, 'DisassociateResourceShare'),
  );
  for (const { image } of [unlooked, begun]) {
    await temporal.workflow.getHandle(imageWorkflowId(image)).terminate('a test');
  }
  await endedReport(client, 'ended');
  simulator.clearFaults();

  const baselines = await client.baselines('ended');
  await client.undo('ended', origin);
  const undone = await endedReport(client, 'ended-undo');

  expect(baselines.images).toMatchObject([{ imageArn: begun.image, grantsSha256After: null }]);
  expect(statesByName(undone.images)).toEqual({ 'ended-unlooked': 'UNCHANGED', 'ended-begun': 'SUCCEEDED' });
});

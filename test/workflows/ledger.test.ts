import { randomUUID } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { createLedgerSource } from '../../src/client/ledger-source.ts';
import { addToLedger, readLedger } from '../../src/client/ledger.ts';
import { ledgerWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { compactImageSet } from '../../src/domain/image-set.ts';
import type { Ledger } from '../../src/domain/ledger.ts';
import { lastAppliedIn } from '../../src/domain/ledger.ts';
import { namesOf } from '../support/rig-bulk.ts';
import {
  principals,
  rigImage,
  rigOrigin,
  rigSpec,
  seedOf,
  sharedEarlier,
  unpromotable,
  unshared,
} from '../support/rig-images.ts';
import { endedReport, rollOut, startRig } from '../support/rig.ts';

const fresh = unshared('ledger-fresh');
const shared = sharedEarlier('ledger-shared');
const undone = sharedEarlier('ledger-undone');
const refused = unpromotable('ledger-refused');
const alone = unshared('ledger-alone');
const emptied = unshared('ledger-emptied');

const rig = await startRig({ seed: seedOf([fresh, shared, undone, refused, alone, emptied]) });

const access = {
  client: rig.temporal,
  taskQueue: 'nobody',
  namespace: '',
  call: <R>(calls: () => Promise<R>) => calls(),
};

async function ledgerOf(rolloutName: string) {
  return lastAppliedIn(await readLedger(access, rolloutName));
}

async function principalsIn(rolloutName: string, image: ImageArn): Promise<readonly string[] | null | undefined> {
  const grants = (await ledgerOf(rolloutName)).get(image)?.grants;
  return grants && [...new Set(grants.map(({ principal }) => principal))];
}

it('knows what was applied, in which run and by which shares, also where nothing had to be done', async () => {
  const images = [fresh.image, shared.image, refused.image];
  const report = await rollOut(rig.client, rigSpec('ledger-kept', images));
  const first = await ledgerOf('ledger-kept');
  const again = await rollOut(rig.client, rigSpec('ledger-kept', [fresh.image]));
  const second = await ledgerOf('ledger-kept');

  expect([...first.keys()].sort()).toEqual([fresh.image, shared.image].sort());
  const applied = report.images.find(({ imageArn }) => imageArn === fresh.image);
  expect(first.get(fresh.image)).toMatchObject({ fate: 'applied', shareArns: applied?.shareArns });
  expect(first.get(fresh.image)?.shareArns).toHaveLength(1);
  await expect(principalsIn('ledger-kept', fresh.image)).resolves.toEqual([principals.a, principals.b]);
  expect(second.get(fresh.image)?.runId).toBe(again.runId);
  expect(second.get(shared.image)).toEqual(first.get(shared.image));
});

it('knows that an image was put back, and to what', async () => {
  await rollOut(rig.client, rigSpec('restored', [undone.image]));
  await rig.client.undo('restored', { ...rigOrigin, reason: 'a test' });
  await endedReport(rig.client, 'restored-undo');

  expect((await ledgerOf('restored')).get(undone.image)).toMatchObject({ fate: 'undone' });
  await expect(principalsIn('restored', undone.image)).resolves.toEqual([principals.a, principals.c]);
  expect((await ledgerOf('restored-undo')).size).toBe(0);
});

it('knows an image that was rolled out alone', async () => {
  const { policyTemplate: template, policySha256: sha256, options } = rigSpec('lonely', [alone.image]);
  const { workflowId } = await rig.client.startImage({
    image: alone.image,
    rolloutName: 'lonely',
    policy: { sha256, template },
    options,
  });
  await rig.temporal.workflow.getHandle(workflowId).result();

  await expect(principalsIn('lonely', alone.image)).resolves.toEqual([principals.a, principals.b]);
});

it('outlives its rollouts and the end of its own workflow, and does not call an emptied image new', async () => {
  await rollOut(rig.client, rigSpec('lasting', [emptied.image, alone.image]));
  await rig.temporal.workflow.getHandle(ledgerWorkflowId('lasting')).terminate('a test');
  await rollOut(rig.client, rigSpec('lasting', [emptied.image], { wanted: [] }));

  const drift = await rig.client.drift(rigSpec('lasting', [emptied.image]), rigOrigin);

  expect(drift.counts).toMatchObject({ inSync: 2, new: 0 });
  await expect(principalsIn('lasting', emptied.image)).resolves.toEqual([]);
  await expect(principalsIn('lasting', alone.image)).resolves.toEqual([principals.a, principals.b]);
});

it('has all of 10,000 images, however often its workflow began anew', async () => {
  const { taskQueue } = await rig.temporal.workflow.getHandle(ledgerWorkflowId('lasting')).describe();
  const batches = namesOf('many', 50).map((name) => namesOf(name, 200).map((own) => rigImage(own)));
  for (const images of batches) await addToLedger({ ...access, taskQueue }, 'many', recordOf(images));
  const handle = rig.temporal.workflow.getHandle(ledgerWorkflowId('many'));

  await vi.waitFor(async () => {
    const { runId, raw } = await handle.describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(runId);
  }, 30_000);
  await expect(ledgerOf('many')).resolves.toHaveProperty('size', 10_000);
});

it('is read once as long as nothing is added, and anew by whoever asks after that', async () => {
  const [first, second] = [rigImage('read-once-1'), rigImage('read-once-2')];
  let readCount = 0;
  const ledger = createLedgerSource({
    ...access,
    // A history takes longer than any other call may.
    call: (calls, deadlineMs = 0) => {
      if (deadlineMs > 10_000) readCount += 1;
      return calls();
    },
  });
  const imagesIn = async () => [...(await ledger('read-once')).applied.keys()];

  const before = await imagesIn();
  await addToLedger(access, 'read-once', recordOf([first]));
  const together = await Promise.all([imagesIn(), imagesIn(), imagesIn()]);
  const later = await imagesIn();
  const countOfOne = readCount;
  await addToLedger(access, 'read-once', recordOf([second]));
  const after = await imagesIn();

  expect([before, ...together, later]).toEqual([[], [first], [first], [first], [first]]);
  expect(after).toEqual([first, second]);
  expect({ countOfOne, readCount }).toEqual({ countOfOne: 1, readCount: 2 });
});

function recordOf(images: readonly ImageArn[]): Ledger {
  const set = compactImageSet(images);
  const shareIds = images.map(() => [randomUUID()]);
  const entry = { fate: 'applied', at: new Date().toISOString(), runId: 'run', manifestSha256: null } as const;
  return { grants: { nobody: [] }, entries: [{ ...entry, grantsSha256: 'nobody', images: set, shareIds }] };
}

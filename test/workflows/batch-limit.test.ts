import { beforeAll, expect, it, vi } from 'vitest';
import type { BatchInput } from '../../src/contracts/batch.ts';
import type { BatchLimit } from '../../src/contracts/messages.ts';
import { limitSignal, statusQuery } from '../../src/contracts/messages.ts';
import { batchWorkflowId, rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { compactImageSet } from '../../src/domain/image-set.ts';
import type { rolloutBatch } from '../../src/workflows/rollout-batch.ts';
import type { Rig } from '../support/rig.ts';
import { startRig } from '../support/rig.ts';
import { bulkSpec, namesOf, plantImages, writtenOf } from '../support/rig-bulk.ts';

const limit: BatchLimit = { isStopped: false, lanes: 1, failureBudget: 0 };
let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

it('a batch past its failure budget goes on where the root has been told of a higher one meanwhile', async () => {
  const { handle, images } = await pastItsBudget('over-budget-raised');

  const writtenBefore = writtenOf(rig.simulator, images);
  await handle.signal(limitSignal, { ...limit, failureBudget: 1 });
  const { counts } = await handle.result();

  expect(writtenBefore).toHaveLength(1);
  expect(counts).toMatchObject({ total: 3, compensated: 1, succeeded: 2, skipped: 0 });
});

it('and ends without having started anything more where the root says stop', async () => {
  const { handle, images } = await pastItsBudget('over-budget-stopped');

  await handle.signal(limitSignal, { ...limit, isStopped: true });
  const { counts } = await handle.result();

  expect(counts).toMatchObject({ total: 3, compensated: 1, succeeded: 0, skipped: 2 });
  expect(writtenOf(rig.simulator, images)).toHaveLength(1);
});

/** A batch of three images without a root, of which the first has failed. */
async function pastItsBudget(rolloutName: string) {
  const { simulator, temporal } = rig;
  const failing = plantImages(simulator, [`${rolloutName}-failing`], { behaviour: { promotion: 'refused' } });
  const images = [...failing, ...plantImages(simulator, namesOf(rolloutName, 2))];
  const { policySha256, policyTemplate, options, manifestSha256 } = bulkSpec(rolloutName, images);
  const runId = '00000000-0000-4000-8000-000000000000';
  const input: BatchInput = {
    rolloutName,
    waveName: 'all',
    images: compactImageSet(images),
    policy: { sha256: policySha256, template: policyTemplate },
    options,
    onConflict: 'wait',
    limit,
    manifestSha256,
    root: { workflowId: rolloutWorkflowId(rolloutName), runId },
  };
  const handle = await temporal.workflow.start<typeof rolloutBatch>('rolloutBatch', {
    args: [input],
    workflowId: batchWorkflowId(rolloutName, runId, 'all', 1),
    taskQueue: `rig-${simulator.port}`,
  });
  await vi.waitFor(
    async () => {
      expect(await handle.query(statusQuery)).toMatchObject({ state: 'STOPPING', counts: { running: 0 } });
    },
    { timeout: 30_000, interval: 50 },
  );
  return { handle, images };
}

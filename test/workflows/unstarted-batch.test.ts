import type { UpdateDefinition } from '@temporalio/common';
import { beforeAll, expect, it, vi } from 'vitest';
import { abortUpdate, pauseUpdate, setStrategyUpdate } from '../../src/contracts/messages.ts';
import type { Origin } from '../../src/contracts/requests.ts';
import type { RolloutSpec } from '../../src/contracts/rollout.ts';
import { batchWorkflowId, rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { aHoldingCodec } from '../support/holding-codec.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, startRig } from '../support/rig.ts';
import { asking, bulkSpec, namesOf, plantImages, startBulk, untilStatus } from '../support/rig-bulk.ts';

const codec = aHoldingCodec();
const strategy = { maxConcurrent: { count: 1 } };
let rig: Rig;

beforeAll(async () => {
  // Long enough to see images at work beside each other.
  rig = await startRig({ settings: { promotionLagMs: 1_000 } }, { codec });
});

it('a change of the limits is told to a batch that had not started, when it has', async () => {
  const spec = bulkSpec('changed-early', plantImages(rig.simulator, namesOf('changed-early', 4)), { strategy });

  await startSaying(spec, setStrategyUpdate, { maxConcurrentCount: 4 });
  const status = await untilStatus(rig.client, 'changed-early', ({ counts }) => counts.running > 1);
  const report = await endedReport(rig.client, 'changed-early');

  expect(await storyOf('changed-early')).toEqual(['batch asked for', 'change', 'batch started', 'batch told']);
  expect(status.state).toBe('RUNNING');
  expect(report).toMatchObject({ state: 'SUCCEEDED', counts: { succeeded: 4 } });
});

it('a pause holds a batch that had not started, until it is resumed', async () => {
  const { client } = rig;
  const spec = bulkSpec('paused-early', plantImages(rig.simulator, namesOf('paused-early', 2)), { strategy });

  await startSaying(spec, pauseUpdate);
  const inPause = await firstTaskOfBatch('paused-early');
  const story = await storyOf('paused-early');
  const { state, counts } = await client.status('paused-early');
  await client.ask('paused-early', { kind: 'resume' }, asking('ann'));
  const report = await endedReport(client, 'paused-early');

  expect(story).toEqual(['batch asked for', 'change', 'batch started']);
  expect(inPause.filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes)).toEqual([]);
  expect({ state, counts }).toMatchObject({ state: 'PAUSED', counts: { pending: 2, running: 0 } });
  expect(report).toMatchObject({ state: 'SUCCEEDED', counts: { succeeded: 2 } });
});

it('an abort cancels a batch that had not started, when it has', async () => {
  const spec = bulkSpec('aborted-early', plantImages(rig.simulator, namesOf('aborted-early', 4)), { strategy });

  await startSaying(spec, abortUpdate, { isUndoing: false });
  const report = await endedReport(rig.client, 'aborted-early');

  expect(await storyOf('aborted-early')).toEqual(['batch asked for', 'change', 'batch started', 'batch cancelled']);
  expect(report.state).toBe('ABORTED');
  expect(report.counts.skipped).toBeGreaterThanOrEqual(3);
});

/** Starts a rollout, and says something to it between its request for a batch and the start of that. */
async function startSaying<Said extends readonly unknown[]>(
  spec: RolloutSpec,
  update: UpdateDefinition<boolean, [Origin, ...Said]>,
  ...what: Said
): Promise<void> {
  const request = codec.hold(`"rolloutName":"${spec.rolloutName}","waveName"`);
  await startBulk(rig.client, spec);
  await request.isReady;
  const workflowExecution = { workflowId: rolloutWorkflowId(spec.rolloutName) };
  const handle = rig.temporal.workflow.getHandle(workflowExecution.workflowId);
  const updateId = `${spec.rolloutName}-update`;

  const answer = handle.executeUpdate(update, { args: [asking('ann'), ...what], updateId });
  const { namespace } = rig.temporal.options;
  // Temporal does not know of it before it waits at the rollout.
  await vi.waitFor(
    () =>
      rig.temporal.workflowService.pollWorkflowExecutionUpdate({
        namespace,
        updateRef: { workflowExecution, updateId },
      }),
    // The workflow task that is held ends after 10 s.
    8_000,
  );
  request.release();
  await answer;
}

/** The history of the first batch of a rollout, once that has done what it does at its start. */
async function firstTaskOfBatch(rolloutName: string) {
  const { runId } = await rig.temporal.workflow.getHandle(rolloutWorkflowId(rolloutName)).describe();
  const batch = rig.temporal.workflow.getHandle(batchWorkflowId(rolloutName, runId, 'all', 1));
  return vi.waitFor(
    async () => {
      const { events } = await batch.fetchHistory();
      expect(events?.some((event) => event.workflowTaskCompletedEventAttributes)).toBe(true);
      return events ?? [];
    },
    { timeout: 30_000, interval: 50 },
  );
}

/** What came of the batch of a rollout and of the change, in the order of its history. */
async function storyOf(rolloutName: string): Promise<readonly string[]> {
  const { events } = await rig.temporal.workflow.getHandle(rolloutWorkflowId(rolloutName)).fetchHistory();
  return (events ?? []).flatMap((event) => {
    if (event.startChildWorkflowExecutionInitiatedEventAttributes) return 'batch asked for';
    if (event.workflowExecutionUpdateAcceptedEventAttributes) return 'change';
    if (event.childWorkflowExecutionStartedEventAttributes) return 'batch started';
    if (event.signalExternalWorkflowExecutionInitiatedEventAttributes) return 'batch told';
    return event.requestCancelExternalWorkflowExecutionInitiatedEventAttributes ? 'batch cancelled' : [];
  });
}

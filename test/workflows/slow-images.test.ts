import { beforeAll, expect, it } from 'vitest';
import { rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, startRig } from '../support/rig.ts';
import { bulkSpec, namesOf, plantImages, startBulk } from '../support/rig-bulk.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

it('a batch whose last image is slow tells how few lanes it needs, once', async () => {
  const { client, simulator } = rig;
  const images = plantImages(simulator, namesOf('slow-last', 3));
  simulator.behave(images[1] ?? '', { promotionLagMs: 600_000 });

  await startBulk(client, bulkSpec('slow-last', images));
  await expect.poll(() => toldOf('slow-last'), { timeout: 60_000 }).toEqual([1]);
  simulator.settle();
  const report = await endedReport(client, 'slow-last');

  expect(report.counts).toMatchObject({ succeeded: 3 });
  expect(await toldOf('slow-last')).toEqual([1]);
});

/** What its batches have said of their last images, in the order in which the root heard of it. */
async function toldOf(rolloutName: string): Promise<readonly unknown[]> {
  const { events } = await rig.temporal.workflow.getHandle(rolloutWorkflowId(rolloutName)).fetchHistory();
  const signals = (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal?.signalName === 'lastRunning' ? (signal.input?.payloads?.[0] ?? []) : [],
  );
  return signals.map(
    ({ data }) => (JSON.parse(Buffer.from(data ?? []).toString()) as { lastRunning: number }).lastRunning,
  );
}

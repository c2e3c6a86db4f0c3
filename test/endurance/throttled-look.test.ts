import type { Client } from '@temporalio/client';
import { beforeAll, expect, it } from 'vitest';
import { rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { rigImage, rigOrigin, rigSpec } from '../support/rig-images.ts';
import type { Rig } from '../support/rig.ts';
import { rollOut, startRig } from '../support/rig.ts';

const regions = Array.from({ length: 12 }, (_, index) => `us-east-${index + 1}`);
// An attempt ends that has waited for 45 s, and what it has seen is lost; the waits of all Regions come to a minute.
const retryAfterSeconds = 5;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({}, { delayFactor: 1 });
});

it('looks at all Regions in one attempt, however long they wait together, and at several at a time', async () => {
  const images = regions.map((region) => rigImage('throttled', '111111111111', region));
  const answer = { kind: 'throttle', retryAfterSeconds } as const;
  const { client, simulator, temporal } = rig;
  simulator.seed({ images: images.map((arn) => ({ arn })) });
  simulator.addFaults(regions.map((region) => ({ operation: 'GetImagePolicy', region, times: 1, answer })));

  const { state } = await rollOut(client, rigSpec('throttled-look', images));

  const attempts = await attemptsIn(temporal, rolloutWorkflowId('throttled-look'));
  const faults = simulator.journal().filter(({ fault }) => fault === 'throttle');
  const firstToLastMs = (faults.at(-1)?.at ?? 0) - (faults[0]?.at ?? 0);
  expect(state).toBe('SUCCEEDED');
  // The other one writes down that the rollout has begun.
  expect(attempts).toEqual([1, 1]);
  expect(faults).toHaveLength(regions.length);
  expect(firstToLastMs).toBeLessThan((regions.length / 2) * retryAfterSeconds * 1000);
});

it('looks at many images of one Region in one attempt where a fifth of all calls fail', async () => {
  const images = Array.from({ length: 100 }, (_, index) => rigImage(`unavailable-${index}`));
  const { client, simulator, temporal } = rig;
  simulator.seed({ images: images.map((arn) => ({ arn })) });
  const answer = { kind: 'unavailable' } as const;
  simulator.addFaults([{ operation: 'GetImagePolicy', answer, probability: 0.2 }]);

  await client.plan(rigSpec('unavailable-look', images), rigOrigin);

  const ids: string[] = [];
  const query = "WorkflowType = 'planRollout' AND RolloutName = 'unavailable-look'";
  for await (const { workflowId } of temporal.workflow.list({ query })) ids.push(workflowId);
  // The other one reads quotas.
  await expect(attemptsIn(temporal, ids[0] ?? '')).resolves.toEqual([1, 1]);
});

/** Which attempt of each activity of a workflow was the last. */
async function attemptsIn(temporal: Client, workflowId: string): Promise<readonly number[]> {
  const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? []);
}

import { expect, it } from 'vitest';
import { rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { rigImage, rigSpec } from '../support/rig-images.ts';
import { rollOut, startRig } from '../support/rig.ts';

const regions = Array.from({ length: 12 }, (_, index) => `us-east-${index + 1}`);
// An attempt ends that has waited for 45 s, and what it has seen is lost; the waits of all Regions come to a minute.
const retryAfterSeconds = 5;

it('looks at all Regions in one attempt, however long they wait together, and at several at a time', async () => {
  const images = regions.map((region) => rigImage('throttled', '111111111111', region));
  const answer = { kind: 'throttle', retryAfterSeconds } as const;
  const { client, simulator, temporal } = await startRig(
    {
      seed: { images: images.map((arn) => ({ arn })) },
      faults: regions.map((region) => ({ operation: 'GetImagePolicy', region, times: 1, answer })),
    },
    { delayFactor: 1 },
  );

  const { state } = await rollOut(client, rigSpec('throttled-look', images));

  const { events } = await temporal.workflow.getHandle(rolloutWorkflowId('throttled-look')).fetchHistory();
  const attempts = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? []);
  const faults = simulator.journal().filter(({ fault }) => fault === 'throttle');
  const firstToLastMs = (faults.at(-1)?.at ?? 0) - (faults[0]?.at ?? 0);
  expect(state).toBe('SUCCEEDED');
  expect(attempts).toEqual([1]);
  expect(faults).toHaveLength(regions.length);
  expect(firstToLastMs).toBeLessThan((regions.length / 2) * retryAfterSeconds * 1000);
});

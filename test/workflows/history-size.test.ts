import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchWorkflowId, imageWorkflowId, rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { sha256 } from '../../src/sha256.ts';
import { rigOrigin, rigSpec, seedOf, unshared } from '../support/rig-images.ts';
import type { Rig } from '../support/rig.ts';
import { startRig } from '../support/rig.ts';

const images = ['first', 'second', 'third'].map((name) => unshared(`history-${name}`));
const [first] = images.map(({ image }) => image);
const marker = 'MarkerOfThePolicyText';

let rig: Rig;
let runId: string;

beforeAll(async () => {
  rig = await startRig({ seed: seedOf(images) });
  const spec = rigSpec(
    'history-size',
    images.map(({ image }) => image),
  );
  const policyTemplate = spec.policyTemplate?.replace('"Effect"', `"Sid":"${marker}","Effect"`) ?? '';
  const marked = { ...spec, policyTemplate, policySha256: sha256(policyTemplate) };
  ({ runId } = await rig.client.startRollout(marked, rigOrigin));
  await rig.client.outcome('history-size');
});

describe('the history of an image that simply succeeds', () => {
  it('has at most 45 events and 10 KB', async () => {
    const id = first === undefined ? '' : imageWorkflowId(first);

    const { status, historyLength, historySize } = await rig.temporal.workflow.getHandle(id).describe();

    expect(status.name).toBe('COMPLETED');
    expect(historyLength).toBeLessThanOrEqual(45);
    expect(historySize).toBeLessThanOrEqual(10 * 1024);
    expect(historySize).toBeGreaterThan(1024);
  });
});

describe('the policy text', () => {
  it('is in the first event of the root, and nowhere else in root, batch and images', async () => {
    const ids = [
      rolloutWorkflowId('history-size'),
      batchWorkflowId('history-size', runId, 'all', 1),
      ...images.map(({ image }) => imageWorkflowId(image)),
    ];

    const marked = await Promise.all(ids.map((id) => markedEvents(rig.temporal, id)));

    expect(marked).toEqual([['1'], [], [], [], []]);
  });
});

/** The ids of the events that have the marker anywhere, payloads included. */
async function markedEvents(temporal: Client, workflowId: string): Promise<readonly string[]> {
  const { events = [] } = await temporal.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? [])
    .filter((event) => plainText({ events: [event] }).includes(marker))
    .map(({ eventId }) => String(eventId));
}

function plainText(history: History): string {
  return historyToJSON(history).replaceAll(/"data":\s*"([^"]*)"/g, (_, data: string) =>
    Buffer.from(data, 'base64').toString('latin1'),
  );
}

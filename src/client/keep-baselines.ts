import { randomUUID } from 'node:crypto';
import type { KeptBaseline } from '../contracts/baselines.ts';
import type { BaselinesReference } from '../contracts/image.ts';
import { rolloutNameAttribute } from '../contracts/search-attributes.ts';
import { baselinesIdPrefix, baselinesWorkflowId } from '../contracts/workflow-ids.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { baselineChunks } from './baseline-chunks.ts';
import type { TemporalAccess } from './connection.ts';

// Each start carries a megabyte.
const atOnce = 4;
const startTimeoutMs = 30_000;

/** Puts baselines of a file where the activities of an undo find them. */
export async function keepBaselines(
  { client, taskQueue, call }: TemporalAccess,
  rolloutName: string,
  baselines: readonly KeptBaseline[],
): Promise<BaselinesReference> {
  const chunks = baselineChunks(baselines);
  const workflowIdPrefix = baselinesIdPrefix(rolloutName, randomUUID().slice(0, 8));
  await mapInLanes([...chunks.entries()], atOnce, ([index, chunk]) =>
    call(
      () =>
        client.workflow.start('keepBaselines', {
          workflowId: baselinesWorkflowId(workflowIdPrefix, index),
          taskQueue,
          args: [chunk],
          typedSearchAttributes: [{ key: rolloutNameAttribute, value: rolloutName }],
          staticSummary: `Baselines of ${chunk.length} images, for the undo ${rolloutName}`,
        }),
      startTimeoutMs,
    ),
  );
  return { workflowIdPrefix, chunkCount: chunks.length };
}

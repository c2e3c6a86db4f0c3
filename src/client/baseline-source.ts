import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { KeptBaseline } from '../contracts/baselines.ts';
import type { BaselinesReference } from '../contracts/image.ts';
import { baselinesWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { chunkOf } from './baseline-chunks.ts';
import type { EarlierEnds } from './earlier-transaction.ts';
import { readHistory } from './history.ts';
import { keptReads } from './kept-reads.ts';

/** Gives what a file said of an image; null where it said nothing, or Temporal has forgotten it. */
export type BaselineSource = (image: ImageArn, reference: BaselinesReference) => Promise<EarlierEnds | null>;

// Baselines of 10,000 images are some 30 chunks of a megabyte, and images come to them in any order.
const keptChunks = 64;

/** Makes a source for one process. A chunk is fetched from the history of its workflow, once for all its images. */
export function createBaselineSource(client: Client): BaselineSource {
  const chunkFor = keptReads<ReadonlyMap<string, KeptBaseline>>(keptChunks);
  return async (image, { workflowIdPrefix, chunkCount }) => {
    const workflowId = baselinesWorkflowId(workflowIdPrefix, chunkOf(image, chunkCount));
    const kept = (await chunkFor(workflowId, () => readChunk(client, workflowId))).get(image);
    return kept === undefined ? null : { baseline: kept.baseline, grantsSha256: kept.grantsSha256After };
  };
}

async function readChunk(client: Client, workflowId: string): Promise<ReadonlyMap<string, KeptBaseline>> {
  try {
    const started = (await readHistory(client, workflowId)).find((event) => event.kind === 'started');
    const input = started?.input;
    // Only `keepBaselines` of the client has written it.
    const chunk = Array.isArray(input) ? (input as readonly KeptBaseline[]) : [];
    return new Map(chunk.map((kept) => [kept.imageArn, kept]));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return new Map();
    throw error;
  }
}

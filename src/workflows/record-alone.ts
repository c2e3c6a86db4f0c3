import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { ImageInput, ImageOutcome } from '../contracts/image.ts';
import { recordApplied } from './record-applied.ts';

/** Writes into the ledger what comes of an image that no batch has started, and ends as it does. */
export async function recordAlone(input: ImageInput, transaction: Promise<ImageOutcome>): Promise<ImageOutcome> {
  try {
    const outcome = await transaction;
    await record(input, outcome);
    return outcome;
  } catch (error) {
    if (error instanceof ApplicationFailure) await record(input, error.details?.[0] as ImageOutcome | undefined);
    throw error;
  }
}

async function record(input: ImageInput, outcome: ImageOutcome | undefined): Promise<void> {
  if (outcome === undefined) return;
  const { state, shareArns, hasWritten } = outcome;
  await recordApplied({ ...input, runId: workflowInfo().runId, manifestSha256: null }, [
    { image: input.image, state, shareArns, hasWritten },
  ]);
}

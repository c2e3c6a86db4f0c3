import type { Client } from '@temporalio/client';
import { expect } from 'vitest';
import { imageWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { ImageArn } from '../../src/domain/arn.ts';

/** Takes the lock of an image, as a transaction does; who terminates it gives the lock back. */
export function lockImage(temporal: Client, image: ImageArn) {
  return temporal.workflow.start('nobody', { taskQueue: 'nobody', workflowId: imageWorkflowId(image) });
}

/** Waits until a batch waits for so many locks, and does nothing else. */
export async function untilWaiting(temporal: Client, batchId: string, count: number): Promise<void> {
  const batch = temporal.workflow.getHandle(batchId);
  const pending = async () => {
    const { pendingActivities, pendingChildren } = (await batch.describe()).raw;
    return [...(pendingActivities ?? []).map(({ activityType }) => activityType?.name), ...(pendingChildren ?? [])];
  };
  const waits = Array.from({ length: count }, () => 'awaitUnlocked');
  await expect.poll(pending, { timeout: 30_000 }).toEqual(waits);
}

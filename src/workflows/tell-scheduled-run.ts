import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { personNeededSignal } from '../contracts/messages.ts';
import type { RolloutOrigin } from '../contracts/rollout.ts';
import { scheduledRunAnnotation } from '../contracts/schedule.ts';

/** Tells the run of a schedule, where one has started this rollout, that it waits for a person: nobody may be watching. */
export async function tellScheduledRun({ annotations }: RolloutOrigin): Promise<void> {
  const { parent } = workflowInfo();
  if (parent === undefined || parent.workflowId !== annotations[scheduledRunAnnotation]) return;
  await getExternalWorkflowHandle(parent.workflowId, parent.runId)
    .signal(personNeededSignal)
    // It was terminated.
    .catch(() => undefined);
}

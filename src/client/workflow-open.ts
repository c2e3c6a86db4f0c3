import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';

/** The ids of all open workflows of images, read in one go: visibility may be a moment behind. */
export async function openImageWorkflows(client: Client): Promise<ReadonlySet<string>> {
  const open = new Set<string>();
  const query = "WorkflowType = 'rolloutImage' AND ExecutionStatus = 'Running'";
  for await (const { workflowId } of client.workflow.list({ query })) open.add(workflowId);
  return open;
}

/** Whether a workflow of this id is open now. */
export async function isWorkflowOpen(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

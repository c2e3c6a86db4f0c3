import type { ChildWorkflowHandle, Workflow, WorkflowResultType } from '@temporalio/workflow';
import { CancellationScope, getExternalWorkflowHandle } from '@temporalio/workflow';

/**
 * Runs a child so that no cancel is lost: the SDK's own `executeChild` drops one that comes between the request to start
 * and the start. So the start is shielded, and a cancel of the surrounding scope is sent on as soon as there is a child.
 * Ends when the child has ended; one that was cancelled finishes or compensates first.
 *
 * @param start - calls `startChild`
 */
export async function runChild<T extends Workflow>(
  start: () => Promise<ChildWorkflowHandle<T>>,
): Promise<WorkflowResultType<T>> {
  const outer = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    const child = await start();
    const cancelChild = (): Promise<void> =>
      getExternalWorkflowHandle(child.workflowId, child.firstExecutionRunId)
        .cancel()
        // It may have ended already.
        .catch(() => undefined);
    void outer.cancelRequested.catch(cancelChild);
    return child.result();
  });
}

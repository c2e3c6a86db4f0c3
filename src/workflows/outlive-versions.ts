import type { Workflow } from '@temporalio/workflow';
import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';

/**
 * Lets a workflow that never ends go on with each new version of the worker, instead of staying on the one that it began
 * on. A worker without versions may not name a behaviour at all.
 */
export function outliveVersions(workflow: Workflow): void {
  setWorkflowOptions(() => {
    const isVersioned = (workflowInfo().currentDeploymentVersion?.deploymentName ?? '') !== '';
    return isVersioned ? { versioningBehavior: 'AUTO_UPGRADE' } : {};
  }, workflow);
}

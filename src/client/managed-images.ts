import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { RoleReference } from '../contracts/image.ts';
import type { RolloutInput } from '../contracts/rollout.ts';
import { imageArnAttribute } from '../contracts/search-attributes.ts';
import { rolloutNameFrom } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { parseImageArn } from '../domain/arn.ts';
import { imagesOf } from '../domain/image-set.ts';
import { mapInLanes } from '../domain/lanes.ts';
import type { TemporalAccess } from './connection.ts';
import { readWorkflowInput } from './history.ts';
import { imagesInLedgers } from './ledger.ts';
import { readReport } from './read-report.ts';
import { isRolloutInput } from './report.ts';

/** Every image in a ledger, or that any rollout was started for as far as histories are kept, and the way to it. */
export interface ManagedImages {
  readonly images: readonly ImageArn[];
  /** By owner account: the role that the newest rollout named for it. */
  readonly ownerRoles: Readonly<Record<string, RoleReference>>;
}

// A namespace with many rollouts takes more pages than one call may take time.
const listTimeoutMs = 120_000;
const mostInputsAtOnce = 16;
// A report reads the histories of all batches of a run.
const mostReportsAtOnce = 4;

/** Finds the images that this tool manages: of running and of finished rollouts, and of images rolled out alone. */
export async function managedImages(access: TemporalAccess): Promise<ManagedImages> {
  const images = new Set<ImageArn>([...(await imagesInLedgers(access)), ...(await startedImages(access))]);
  let ownerRoles: ManagedImages['ownerRoles'] = {};
  const runs = await rolloutRuns(access);
  for (const { input } of runs) {
    ownerRoles = { ...input.spec.options.ownerRoles, ...ownerRoles };
    for (const image of imagesOf(input.spec.images)) images.add(image);
  }
  // Only the history of a run knows what its selections have found.
  const selecting = runs.filter(({ input }) => input.spec.selections.length > 0);
  const reports = await mapInLanes(selecting, mostReportsAtOnce, ({ rolloutName, runId }) =>
    readReport(access, rolloutName, runId),
  );
  for (const { imageArn } of reports.flatMap((report) => report.images)) images.add(parseImageArn(imageArn));
  return { images: [...images], ownerRoles };
}

/** Images that have, or had, a workflow of their own. */
async function startedImages({ client, call }: TemporalAccess): Promise<readonly ImageArn[]> {
  const images: ImageArn[] = [];
  await call(async () => {
    for await (const { typedSearchAttributes } of client.workflow.list({ query: "WorkflowType = 'rolloutImage'" })) {
      const image = typedSearchAttributes.get(imageArnAttribute);
      if (image !== undefined) images.push(parseImageArn(image));
    }
  }, listTimeoutMs);
  return images;
}

interface RolloutRun {
  readonly rolloutName: string;
  readonly runId: string;
  readonly input: RolloutInput;
}

/** Newest first. */
async function rolloutRuns({ client, call }: TemporalAccess): Promise<readonly RolloutRun[]> {
  const listed: WorkflowExecutionInfo[] = [];
  await call(async () => {
    for await (const run of client.workflow.list({ query: "WorkflowType = 'rolloutImages'" })) listed.push(run);
  }, listTimeoutMs);
  const newestFirst = listed.sort((left, right) => right.startTime.getTime() - left.startTime.getTime());
  const runs = await mapInLanes(newestFirst, mostInputsAtOnce, async ({ workflowId, runId }) => {
    const input = await call(() => readWorkflowInput(client, workflowId, runId));
    return { rolloutName: rolloutNameFrom(workflowId), runId, input };
  });
  return runs.flatMap(({ rolloutName, runId, input }) =>
    rolloutName === null || !isRolloutInput(input) ? [] : [{ rolloutName, runId, input }],
  );
}

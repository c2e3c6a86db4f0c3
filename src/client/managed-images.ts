import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { RoleReference } from '../contracts/image.ts';
import type { RolloutInput } from '../contracts/rollout.ts';
import { imageArnAttribute } from '../contracts/search-attributes.ts';
import { rolloutNameFrom } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { parseImageArn } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import { imagesOf } from '../domain/image-set.ts';
import { mapInLanes } from '../domain/lanes.ts';
import type { TemporalAccess } from './connection.ts';
import { readWorkflowInput } from './history.ts';
import { imagesInLedgers } from './ledger.ts';
import { readReport } from './read-report.ts';
import { isRolloutInput } from './report.ts';
import { isNotFound } from './temporal-errors.ts';

/** Every image in a ledger, or that any rollout was started for as far as histories are kept, and the way to it. */
export interface ManagedImages {
  readonly images: readonly ImageArn[];
  /** By owner account: the role that the newest rollout named for it. */
  readonly ownerRoles: Readonly<Record<string, RoleReference>>;
  /** Runs of rollouts that were listed and whose histories are gone: images that they alone know are not here. */
  readonly unread: readonly string[];
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
  const { runs, unread } = await rolloutRuns(access);
  for (const { input } of runs) {
    ownerRoles = { ...input.spec.options.ownerRoles, ...ownerRoles };
    for (const image of imagesOf(input.spec.images)) images.add(image);
  }
  // Only the history of a run knows what its selections have found.
  const selecting = runs.filter(({ input }) => input.spec.selections.length > 0);
  const found = await mapInLanes(selecting, mostReportsAtOnce, (run) => imagesOfRun(access, run));
  for (const image of found.flatMap((known) => known ?? [])) images.add(image);
  const forgotten = selecting.filter((_, at) => found[at] === null).map(runText);
  return { images: [...images], ownerRoles, unread: [...unread, ...forgotten] };
}

/** The images of a run that looks for them; null where Temporal has forgotten it since it was listed. */
async function imagesOfRun(
  access: TemporalAccess,
  { rolloutName, runId }: RolloutRun,
): Promise<readonly ImageArn[] | null> {
  try {
    const { images } = await readReport(access, rolloutName, runId);
    return images.map(({ imageArn }) => parseImageArn(imageArn));
  } catch (error) {
    if (error instanceof AppError && error.code === 'rollout-not-found') return null;
    throw error;
  }
}

function runText({ rolloutName, runId }: Pick<RolloutRun, 'rolloutName' | 'runId'>): string {
  return `rollout ${rolloutName}, run ${runId}`;
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

/** Newest first. One that is forgotten between the list and the look must not hold up an emergency. */
async function rolloutRuns({
  client,
  call,
}: TemporalAccess): Promise<{ readonly runs: readonly RolloutRun[]; readonly unread: readonly string[] }> {
  const listed: WorkflowExecutionInfo[] = [];
  await call(async () => {
    for await (const run of client.workflow.list({ query: "WorkflowType = 'rolloutImages'" })) listed.push(run);
  }, listTimeoutMs);
  const newestFirst = listed.sort((left, right) => right.startTime.getTime() - left.startTime.getTime());
  const unread: string[] = [];
  const runs = await mapInLanes(newestFirst, mostInputsAtOnce, async ({ workflowId, runId }): Promise<RolloutRun[]> => {
    const rolloutName = rolloutNameFrom(workflowId);
    if (rolloutName === null) return [];
    try {
      const input = await call(() => readWorkflowInput(client, workflowId, runId));
      return isRolloutInput(input) ? [{ rolloutName, runId, input }] : [];
    } catch (error) {
      if (!isNotFound(error)) throw error;
      unread.push(runText({ rolloutName, runId }));
      return [];
    }
  });
  return { runs: runs.flat(), unread };
}

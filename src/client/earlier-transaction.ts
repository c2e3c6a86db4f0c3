import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Validation } from '../contracts/activities.ts';
import type { Earlier, ImageOutcome } from '../contracts/image.ts';
import { rolloutNameAttribute } from '../contracts/search-attributes.ts';
import { imageWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { Baseline } from '../domain/observation.ts';
import type { HistoryEvent } from './history.ts';
import { readHistory } from './history.ts';

/** How an image was before the first transaction of a rollout, and SHA-256 of the grants that the last one left. */
export interface EarlierEnds {
  /** Null where none came as far as to take it: then none has written. */
  readonly baseline: Baseline | null;
  readonly grantsSha256: string | null;
}

/** Baseline and end of the transactions that a rollout has run for an image, oldest first. */
export async function earlierTransaction(
  client: Client,
  image: ImageArn,
  { rolloutName, since }: Earlier,
): Promise<EarlierEnds | null> {
  const runIds = await runsOf(client, image, rolloutName, since);
  const histories = await Promise.all(runIds.map((runId) => readHistory(client, imageWorkflowId(image), runId)));
  if (histories.length === 0) return null;
  const [baseline = null] = histories.flatMap((events) => baselineIn(events) ?? []);
  const outcome = histories.flatMap((events) => outcomeIn(events) ?? []).findLast(saysWhatIsLeft);
  return { baseline, grantsSha256: outcome?.grantsSha256.after ?? null };
}

async function runsOf(client: Client, image: ImageArn, rolloutName: string, since: string): Promise<readonly string[]> {
  const terms = [
    `WorkflowId = '${imageWorkflowId(image)}'`,
    `RolloutName = '${rolloutName}'`,
    `StartTime >= '${since}'`,
    `ExecutionStatus != 'Running'`,
  ];
  const startedAtMs = new Map<string, number>();
  for await (const { runId, startTime } of client.workflow.list({ query: terms.join(' AND ') })) {
    startedAtMs.set(runId, startTime.getTime());
  }
  const newest = await newestRun(client, image);
  if (newest !== null && isEndedSince(newest, rolloutName, since)) {
    startedAtMs.set(newest.runId, newest.startTime.getTime());
  }
  return [...startedAtMs].sort(([, left], [, right]) => left - right).map(([runId]) => runId);
}

/** Lists learn of the end of a workflow some time after it. */
async function newestRun(client: Client, image: ImageArn): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(imageWorkflowId(image)).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function isEndedSince(
  { status, startTime, typedSearchAttributes }: WorkflowExecutionDescription,
  rolloutName: string,
  since: string,
): boolean {
  const isOfRollout = typedSearchAttributes.get(rolloutNameAttribute) === rolloutName;
  return isOfRollout && status.name !== 'RUNNING' && startTime.getTime() >= Date.parse(since);
}

function baselineIn(events: readonly HistoryEvent[]): Baseline | null {
  const validations = new Set(
    events.flatMap((event) =>
      event.kind === 'activity-scheduled' && event.type === 'validateImage' ? event.eventId : [],
    ),
  );
  const [result] = events.flatMap((event) =>
    event.kind === 'activity-completed' && validations.has(event.scheduledId) ? [event.result] : [],
  );
  return isValidation(result) ? result.baseline : null;
}

function outcomeIn(events: readonly HistoryEvent[]): ImageOutcome | null {
  const ended = events.find((event) => event.kind === 'ended');
  const outcome = ended?.result ?? ended?.failure?.details[0];
  return isOutcome(outcome) ? outcome : null;
}

/** One that failed before its first write has left what was there, and does not say what that was. */
function saysWhatIsLeft({ state, hasWritten }: ImageOutcome): boolean {
  return hasWritten || state === 'UNCHANGED';
}

function isValidation(value: unknown): value is Validation {
  return typeof value === 'object' && value !== null && 'baseline' in value;
}

function isOutcome(value: unknown): value is ImageOutcome {
  return typeof value === 'object' && value !== null && 'grantsSha256' in value;
}

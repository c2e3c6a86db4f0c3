import type { BatchAccount, BatchOutcome } from '../contracts/batch.ts';
import type { FailureSummary } from '../contracts/rollout.ts';
import type { ImageArn } from '../domain/arn.ts';
import { imagesOf } from '../domain/image-set.ts';
import type { FinalImageState, ImageCounts } from '../domain/image-state.ts';
import { countKeyOf } from '../domain/image-state.ts';
import type { HistoryEvent } from './history.ts';
import { imagesIn } from './report-plan.ts';

/** A batch of which Temporal has forgotten the history, with what the history of its root still says. */
export interface LostBatch {
  readonly images: readonly ImageArn[];
  /** Null where the root has not heard of its end. */
  readonly outcome: BatchOutcome | null;
}

/** What is still known of an image of such a batch. */
export interface LostImage {
  readonly image: ImageArn;
  readonly state: FinalImageState;
  /** Present where the root was told it. */
  readonly failure?: FailureSummary;
  /** False where only the number of the images is known that have ended so. */
  readonly isStateKnown: boolean;
}

// The worst goes to the images that were named as failures: a batch names those first.
const unsettledStates: readonly FinalImageState[] = [
  'COMPENSATION_FAILED',
  'FAILED',
  'COMPENSATED',
  'INCONCLUSIVE',
  'CANCELLED',
  'SKIPPED',
];

/** What the history of a root says of one of its batches. */
export function lostBatchIn(root: readonly HistoryEvent[], workflowId: string): LostBatch {
  const initiated = root.find((event) => event.kind === 'child-initiated' && event.workflowId === workflowId);
  const ended = root.find((event) => event.kind === 'child-ended' && event.workflowId === workflowId);
  const outcomes = [ended?.kind === 'child-ended' ? ended.result : null, accountIn(root, workflowId)?.outcome];
  return {
    images: imagesIn(initiated?.kind === 'child-initiated' ? initiated.input : null),
    outcome: outcomes.find(isBatchOutcome) ?? null,
  };
}

/**
 * How the images of such a batch have ended. Which of them did not succeed is known, and how many of these ended in which
 * state; so the counts stay true.
 */
export function lostImages({ images, outcome }: LostBatch): readonly LostImage[] {
  if (outcome === null) return images.map((image) => ({ image, state: 'FAILED', isStateKnown: false }));
  const failures = new Map(outcome.failures.map((failure) => [failure.imageArn, failure]));
  const unchanged = new Set(imagesOf(outcome.unchanged));
  const unsettled = imagesOf(outcome.unsettled);
  const named = unsettled.filter((image) => failures.has(image));
  const states = statesIn(outcome.counts);
  const isStateKnown = new Set(states).size === 1;
  const unsettledState = new Map(
    [...named, ...unsettled.filter((image) => !failures.has(image))].map((image, at) => [
      image,
      states[at] ?? 'FAILED',
    ]),
  );
  return images.map((image): LostImage => {
    if (unchanged.has(image)) return { image, state: 'UNCHANGED', isStateKnown: true };
    const state = unsettledState.get(image);
    if (state === undefined) return { image, state: 'SUCCEEDED', isStateKnown: true };
    const failure = failures.get(image);
    return { image, state, isStateKnown, ...(failure === undefined ? {} : { failure }) };
  });
}

/** Whether something of the rollout may have stayed at such an image: where nobody knows, an undo has to say so. */
export function mayHaveLeft({ state, isStateKnown }: LostImage): boolean {
  if (!isStateKnown) return true;
  return state === 'SUCCEEDED' || state === 'FAILED' || state === 'INCONCLUSIVE' || state === 'COMPENSATION_FAILED';
}

function statesIn(counts: ImageCounts): readonly FinalImageState[] {
  return unsettledStates.flatMap((state) => Array.from({ length: counts[countKeyOf(state)] }, () => state));
}

/** What the root found out of a batch that was ended from outside. */
function accountIn(root: readonly HistoryEvent[], workflowId: string): BatchAccount | null {
  const asked = root.find(
    (event) =>
      event.kind === 'activity-scheduled' && event.type === 'accountForBatch' && isAbout(event.input, workflowId),
  );
  if (asked?.kind !== 'activity-scheduled') return null;
  const told = root.find((event) => event.kind === 'activity-completed' && event.scheduledId === asked.eventId);
  return told?.kind === 'activity-completed' && isAccount(told.result) ? told.result : null;
}

// Payloads are written by workflows of this product; what tells the kinds apart is enough.
function isAbout(input: unknown, workflowId: string): boolean {
  return isObject(input) && input['workflowId'] === workflowId;
}

function isAccount(value: unknown): value is BatchAccount {
  return isObject(value) && isBatchOutcome(value['outcome']);
}

function isBatchOutcome(value: unknown): value is BatchOutcome {
  return isObject(value) && isObject(value['counts']) && isObject(value['unsettled']) && isObject(value['unchanged']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

import { randomUUID } from 'node:crypto';
import { isGrpcDeadlineError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { Description, PlanInput, PlanOutcome } from '../contracts/plan.ts';
import { rolloutNameAttribute } from '../contracts/search-attributes.ts';
import { planWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { ImageDrift } from '../domain/drift.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { AppError } from '../domain/errors.ts';
import type { ImageChange } from '../domain/image-change.ts';
import type { ImageSight } from '../domain/visibility.ts';
import type { TemporalAccess } from './connection.ts';
import type { HistoryEvent } from './history.ts';
import { readHistory } from './history.ts';
import { heldUpBy } from './held-up.ts';
import { requireFittingInput } from './start.ts';
import { requireWorker } from './worker-presence.ts';

/** How somebody waits for a look. */
export interface LookOptions {
  /** How long; three hours when absent. */
  readonly timeoutMs?: number;
  /** Cancels the look, which throws the signal's reason when Temporal has taken that. */
  readonly signal?: AbortSignal;
}

/** What was found of one image. */
export interface FoundImage {
  readonly image: ImageArn;
  readonly action: 'CHANGE' | 'UNCHANGED' | 'BLOCKED';
  readonly code?: ErrorCode;
  readonly detail?: string;
  readonly isAwaited?: true;
  readonly fingerprint: string | null;
  readonly change?: ImageChange;
  readonly drift?: ImageDrift;
  readonly isUnproven?: true;
  readonly isUndone?: true;
  readonly sight?: ImageSight;
}

/** What a look at the images of a manifest has found. */
export interface Look {
  readonly workflowId: string;
  readonly runId: string;
  readonly outcome: PlanOutcome;
  /** Every image once. */
  readonly images: readonly FoundImage[];
}

// 10,000 images take minutes, and AWS may have to be waited for; beyond this nobody does.
const longestLookMs = 3 * 60 * 60 * 1000;
const historyTimeoutMs = 60_000;

/**
 * Has a worker look at the images of a manifest; nothing is written to AWS. Throws `no-worker`, `wait-timed-out`,
 * `selection-empty`, and AWS's own codes where no image could be looked at.
 */
export async function lookAtImages(access: TemporalAccess, input: PlanInput, options: LookOptions): Promise<Look> {
  const { client, taskQueue, call } = access;
  const { purpose, spec } = input;
  requireFittingInput(input, 'rollout', spec.rolloutName);
  await requireWorker(access);
  options.signal?.throwIfAborted();
  const workflowId = planWorkflowId(purpose, spec.rolloutName, randomUUID().slice(0, 8));
  const handle = await call(() =>
    client.workflow.start<(input: PlanInput) => Promise<PlanOutcome>>('planRollout', {
      args: [input],
      workflowId,
      taskQueue,
      workflowExecutionTimeout: longestLookMs,
      typedSearchAttributes: [{ key: rolloutNameAttribute, value: spec.rolloutName }],
      staticSummary: `Look at the images of ${spec.rolloutName}: ${purpose}`,
    }),
  );
  const runId = handle.firstExecutionRunId;
  const outcome = await resultOf(access, handle, options);
  const { error } = outcome;
  if (outcome.effective === null && error !== undefined) {
    throw new AppError(error.code, error.detail, { item: spec.rolloutName });
  }
  const history = await call(() => readHistory(client, workflowId, runId), historyTimeoutMs);
  return { workflowId, runId, outcome, images: describedIn(history).flatMap(foundImages) };
}

/** Says what it waited for where it did not end in time: AWS may not answer for a while. */
async function resultOf(
  access: TemporalAccess,
  handle: WorkflowHandle<(input: PlanInput) => Promise<PlanOutcome>>,
  { timeoutMs = longestLookMs, signal = new AbortController().signal }: LookOptions,
): Promise<PlanOutcome> {
  const { client, call } = access;
  try {
    signal.throwIfAborted();
    return await client.withAbortSignal(signal, () => call(() => handle.result(), timeoutMs));
  } catch (error) {
    if (signal.aborted) {
      await call(() => handle.cancel());
      signal.throwIfAborted();
    }
    if (!(error instanceof AppError) || !isGrpcDeadlineError(error.context.cause)) throw error;
    const held = await heldUpBy(access, await call(() => handle.describe()));
    await call(() => handle.cancel());
    throw new AppError(held?.code ?? 'wait-timed-out', held?.detail ?? 'The images were not looked at in time');
  }
}

function describedIn(history: readonly HistoryEvent[]): readonly Description[] {
  const scheduled = new Set(
    history.flatMap((event) =>
      event.kind === 'activity-scheduled' && event.type === 'describeImages' ? event.eventId : [],
    ),
  );
  const results = history.flatMap((event) =>
    event.kind === 'activity-completed' && scheduled.has(event.scheduledId) ? [event.result] : [],
  );
  return results.filter(isDescription);
}

function foundImages({ images, changes, drifts, sights }: Description): readonly FoundImage[] {
  return images.map(({ change: changeAt, drift: driftAt, sight: sightAt, ...image }) => {
    const change = changeAt === undefined ? undefined : changes[changeAt];
    const drift = driftAt === undefined ? undefined : drifts[driftAt];
    const sight = sightAt === undefined ? undefined : sights[sightAt];
    return {
      ...image,
      ...(change === undefined ? {} : { change }),
      ...(drift === undefined ? {} : { drift }),
      ...(sight === undefined ? {} : { sight }),
    };
  });
}

// Payloads are written by workflows of this product; what tells the kinds apart is enough.
function isDescription(value: unknown): value is Description {
  return typeof value === 'object' && value !== null && 'images' in value && 'changes' in value;
}

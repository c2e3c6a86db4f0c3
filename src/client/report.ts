import type { ReportedImage, RolloutReport } from '../contracts/report.ts';
import type { Redrive, RolloutError, RolloutInput, RolloutOutcome } from '../contracts/rollout.ts';
import { waveNameFrom } from '../contracts/workflow-ids.ts';
import { AppError } from '../domain/errors.ts';
import { countImages } from '../domain/image-state.ts';
import type { ImageCounts } from '../domain/image-state.ts';
import type { BatchHistory } from './batch-history.ts';
import { Evidence } from './evidence.ts';
import type { HistoryEvent } from './history.ts';
import { planOf } from './report-plan.ts';

/** The decoded histories that a report is made of. */
export interface RolloutHistories {
  readonly rolloutName: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly root: readonly HistoryEvent[];
  /** In the order in which the root started them. */
  readonly batches: readonly BatchHistory[];
}

type EndedEvent = Extract<HistoryEvent, { kind: 'ended' }>;

/** The workflow ids of the batches that a root has started, in their order. */
export function batchesOf(root: readonly HistoryEvent[]): readonly string[] {
  const batchIds = new Set(
    root.flatMap((event) =>
      event.kind === 'child-initiated' && event.type === 'rolloutBatch' ? event.workflowId : [],
    ),
  );
  return root.flatMap((event) =>
    event.kind === 'child-started' && batchIds.has(event.workflowId) ? event.workflowId : [],
  );
}

/**
 * Makes the report of a rollout out of histories alone, so it needs no worker and cannot differ from what happened. Every
 * image of the manifest is in it once; the counts are those of its images. Of an open rollout it knows only that it is RUNNING.
 */
export function buildReport(histories: RolloutHistories): RolloutReport {
  const { rolloutName, workflowId, runId, root } = histories;
  const { at: startedAt, input } = startOf(root, workflowId);
  const { spec, origin } = input;
  const { state, finishedAt, ...said } = endOf(root, workflowId);
  const plan = planOf(root, spec);
  const evidence = evidenceIn(histories, new Evidence(plan, spec.strategy.onConflict));
  const end = finishedAt === null ? null : { state, error: said.error };
  const images = plan.images.map((image) => evidence.of(image, end));
  return {
    formatVersion: 1,
    rolloutName,
    workflowId,
    runId,
    state,
    counts: countsOf(images),
    startedAt,
    finishedAt,
    startedBy: origin.startedBy,
    reason: origin.reason ?? null,
    annotations: origin.annotations,
    redriveCount: 0,
    areImagesKnown: plan.areImagesKnown,
    repeats: plan.repeats,
    overrides: origin.overrides,
    awaits: null,
    manifestSha256: spec.manifestSha256,
    ...said,
    limitsSha256: said.limitsSha256 ?? evidence.limitsSha256,
    waves: plan.waves.map(({ spec: { name } }) => ({
      name,
      counts: countsOf(images.filter(({ wave }) => wave === name)),
    })),
    images,
  };
}

function evidenceIn({ root, batches }: RolloutHistories, evidence: Evidence): Evidence {
  evidence.readRoot(root);
  for (const batch of batches) evidence.readBatch(batch, waveNameFrom(batch.workflowId));
  evidence.readSoaks(root);
  return evidence;
}

function startOf(root: readonly HistoryEvent[], workflowId: string): { at: string; input: RolloutInput } {
  const started = root.find((event) => event.kind === 'started');
  if (started !== undefined && isRolloutInput(started.input)) return { at: started.at, input: started.input };
  throw new AppError('rollout-not-found', `The workflow ${workflowId} is not a rollout`, { item: workflowId });
}

/** What a root says at its end; one that runs, or was ended from outside, has not said anything. */
function endOf(
  root: readonly HistoryEvent[],
  workflowId: string,
): Pick<RolloutReport, 'state' | 'finishedAt' | 'messages' | 'limitsSha256' | 'error' | 'undo'> {
  const end = root.find((event) => event.kind === 'ended');
  if (end === undefined) return { state: 'RUNNING', finishedAt: null, messages: [], limitsSha256: null };
  const outcome = [end.result, end.failure?.details[0]].find(isRolloutOutcome);
  if (outcome === undefined) {
    const nothing = { state: 'FAILED', finishedAt: end.at, messages: [], limitsSha256: null } as const;
    return isEndedFromOutside(end) ? { ...nothing, error: terminated(workflowId, end) } : nothing;
  }
  const { state, messages, limitsSha256, error, undo } = outcome;
  return {
    ...{ state, finishedAt: end.at, messages, limitsSha256 },
    ...(error === undefined ? {} : { error }),
    ...(undo === undefined ? {} : { undo }),
  };
}

function isEndedFromOutside({ how }: EndedEvent): boolean {
  return how === 'terminated' || how === 'timed-out';
}

/** The images of such a rollout go on, or have ended, by themselves. */
function terminated(workflowId: string, { at }: EndedEvent): RolloutError {
  return { code: 'rollout-terminated', detail: `${workflowId} was ended at ${at}` };
}

function countsOf(images: readonly ReportedImage[]): ImageCounts {
  return countImages(images.map(({ state }) => state));
}

/** What a run of a rollout goes on with; null where it is no redrive. */
export function redriveIn(root: readonly HistoryEvent[]): Redrive | null {
  const started = root.find((event) => event.kind === 'started');
  return (isRolloutInput(started?.input) ? started.input.redrive : null) ?? null;
}

// Payloads are written by workflows of this product; what tells the kinds apart is enough.
/** Whether a decoded payload is the input of a rollout. */
export function isRolloutInput(value: unknown): value is RolloutInput {
  return isObject(value) && isObject(value['spec']) && isObject(value['origin']);
}

function isRolloutOutcome(value: unknown): value is RolloutOutcome {
  return isObject(value) && typeof value['state'] === 'string' && isObject(value['counts']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

import type { Inspection } from '../contracts/activities.ts';
import type { ImageOutcome } from '../contracts/image.ts';
import type { ReportedError, ReportedImage, RolloutReport } from '../contracts/report.ts';
import type { FailureSummary, OnConflict, RolloutInput, RolloutOutcome } from '../contracts/rollout.ts';
import { imageWorkflowId, waveNameFrom } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError, errorCodes, isErrorCode } from '../domain/errors.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { countKeyOf, pendingCounts } from '../domain/image-state.ts';
import type { ImageCounts, RolloutState } from '../domain/image-state.ts';
import { imagesOf } from '../domain/image-set.ts';
import type { HistoryEvent, HistoryFailure } from './history.ts';

/** The decoded histories that a report is made of. */
export interface RolloutHistories {
  readonly rolloutName: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly root: readonly HistoryEvent[];
  /** In the order in which the root started them. */
  readonly batches: readonly { readonly workflowId: string; readonly events: readonly HistoryEvent[] }[];
}

/** How a rollout ended; of one that could not look at its images the failure says why. */
interface EndOfRollout {
  readonly state: RolloutState;
  readonly failure: FailureSummary | undefined;
}

type EndedEvent = Extract<HistoryEvent, { kind: 'ended' }>;
type ChildEndedEvent = Extract<HistoryEvent, { kind: 'child-ended' }>;

const onlyWave = 'all';

/** The batches that a root has started, in their order. */
export function batchesOf(
  root: readonly HistoryEvent[],
): readonly { readonly workflowId: string; readonly runId: string }[] {
  const batchIds = new Set(
    root.flatMap((event) =>
      event.kind === 'child-initiated' && event.type === 'rolloutBatch' ? event.workflowId : [],
    ),
  );
  return root.flatMap((event) =>
    event.kind === 'child-started' && batchIds.has(event.workflowId)
      ? { workflowId: event.workflowId, runId: event.runId }
      : [],
  );
}

/**
 * Makes the report of a rollout out of histories alone, so it needs no worker and cannot differ from what happened. Every
 * image of the manifest is in it once; the counts are those of its images.
 */
export function buildReport(histories: RolloutHistories): RolloutReport {
  const { rolloutName, workflowId, runId, root, batches } = histories;
  const { at: startedAt, input } = startOf(root, workflowId);
  const end = root.find((event) => event.kind === 'ended');
  const outcome = outcomeOf(end);
  const state = outcome?.state ?? (end === undefined ? 'RUNNING' : 'FAILED');
  const images = imagesOf(input.spec.images);
  const evidence = new Evidence(images, input.spec.strategy.onConflict);
  evidence.read(root, onlyWave);
  for (const batch of batches) evidence.read(batch.events, waveNameFrom(batch.workflowId) ?? onlyWave);
  const reported = images.map((image) =>
    evidence.of(image, end === undefined ? null : { state, failure: outcome?.failures[0] }),
  );
  return {
    formatVersion: 1,
    rolloutName,
    workflowId,
    runId,
    state,
    counts: countsOf(reported),
    startedAt,
    finishedAt: end?.at ?? null,
    startedBy: input.origin.startedBy,
    reason: input.origin.reason ?? null,
    annotations: input.origin.annotations,
    manifestSha256: input.spec.manifestSha256,
    limitsSha256: outcome?.limitsSha256 ?? evidence.limitsSha256,
    waves: wavesOf(reported),
    images: reported,
  };
}

// An error with the words of the registry.
function reportedError(code: ErrorCode, detail: string, requestId?: string): ReportedError {
  const { title, hint } = errorCodes[code];
  return { code, title, detail, hint, ...(requestId === undefined ? {} : { requestId }) };
}

/** An outcome as reports show it. */
export function reportedOutcome({
  error,
  ...outcome
}: ImageOutcome): Omit<ImageOutcome, 'error'> & { error?: ReportedError } {
  if (error === undefined) return outcome;
  return { ...outcome, error: reportedError(error.code, error.detail, error.requestId) };
}

/**
 * The outcome that a failed image workflow carries in its failure. Of a failure of another kind nobody knows how far the
 * transaction came, so a person has to look.
 */
export function outcomeOfFailure(image: string, failure: HistoryFailure | null): ImageOutcome {
  const carried = failure?.details[0];
  if (isImageOutcome(carried)) return carried;
  const code =
    failure?.type !== undefined && failure.type !== null && isErrorCode(failure.type) ? failure.type : 'internal';
  return {
    ...emptyOutcome(image),
    state: 'COMPENSATION_FAILED',
    error: { code, detail: failure?.message ?? 'The workflow failed' },
  };
}

/** What the histories say about each image; what is read later holds. */
class Evidence {
  limitsSha256: string | null = null;
  readonly #byWorkflowId: ReadonlyMap<string, ImageArn>;
  readonly #images = new Map<string, ReportedImage>();
  readonly #onConflict: OnConflict;

  constructor(images: readonly ImageArn[], onConflict: OnConflict) {
    this.#onConflict = onConflict;
    this.#byWorkflowId = new Map(images.map((image) => [imageWorkflowId(image), image]));
  }

  read(events: readonly HistoryEvent[], wave: string): void {
    const inspections = new Set<string>();
    for (const event of events) {
      switch (event.kind) {
        case 'activity-scheduled':
          if (event.type === 'inspectImages') inspections.add(event.eventId);
          break;
        case 'activity-completed':
          if (inspections.has(event.scheduledId) && isInspection(event.result)) this.#inspected(event.result, wave);
          break;
        case 'child-initiated':
          this.#change(event.workflowId, (image) => ({ ...image, wave, attempts: image.attempts + 1 }));
          break;
        case 'child-started':
          this.#change(event.workflowId, (image) => ({ ...image, state: 'RUNNING' }));
          break;
        case 'child-ended':
          this.#change(event.workflowId, (image) => endedImage(image, event));
          break;
        case 'started':
        case 'ended':
          break;
      }
    }
  }

  of(image: ImageArn, end: EndOfRollout | null): ReportedImage {
    const known = this.#images.get(image) ?? pendingImage(image);
    if (known.state !== 'PENDING' || end === null) return known;
    if (known.error === undefined) return { ...known, state: 'SKIPPED', error: neverStartedError(end) };
    // It gave way to the lock of another rollout.
    return { ...known, state: this.#onConflict === 'fail' ? 'FAILED' : 'SKIPPED' };
  }

  #inspected({ verdicts, limitsSha256 }: Inspection, wave: string): void {
    this.limitsSha256 = limitsSha256;
    for (const { image, verdict } of verdicts) {
      const before = { ...(this.#images.get(image) ?? pendingImage(image)), wave };
      if (verdict.action === 'CHANGE') {
        this.#images.set(image, before);
      } else if (verdict.action === 'BLOCKED') {
        this.#images.set(image, { ...before, state: 'SKIPPED', error: reportedError(verdict.code, verdict.detail) });
      } else {
        const { grantsSha256, shareArns, residue } = verdict;
        const unchanged = {
          ...before,
          state: 'UNCHANGED',
          grantsSha256: { before: grantsSha256, after: grantsSha256 },
        } as const;
        this.#images.set(image, { ...unchanged, shareArns, ...(residue.length === 0 ? {} : { residue }) });
      }
    }
  }

  #change(workflowId: string, change: (image: ReportedImage) => ReportedImage): void {
    const image = this.#byWorkflowId.get(workflowId);
    if (image !== undefined) this.#images.set(image, change(this.#images.get(image) ?? pendingImage(image)));
  }
}

function endedImage(image: ReportedImage, { how, workflowId, result, failure }: ChildEndedEvent): ReportedImage {
  const { wave, attempts, imageArn } = image;
  switch (how) {
    case 'completed':
      return isImageOutcome(result) ? { ...reportedOutcome(result), wave, attempts } : image;
    case 'failed':
      return { ...reportedOutcome(outcomeOfFailure(imageArn, failure)), wave, attempts };
    case 'cancelled':
      return {
        ...image,
        state: 'CANCELLED',
        error: reportedError('cancelled', `${workflowId} was cancelled before its first step`),
      };
    case 'not-started': {
      const detail = `Another workflow ${workflowId} is working on the image`;
      return { ...image, state: 'PENDING', attempts: attempts - 1, error: reportedError('image-locked', detail) };
    }
    case 'terminated':
    case 'timed-out': {
      // Nobody knows how far it came: a person has to look.
      const detail = `${workflowId} was ${how === 'terminated' ? 'terminated' : 'ended by a timeout'}; what it had written stays`;
      return { ...image, state: 'COMPENSATION_FAILED', error: reportedError('internal', detail) };
    }
  }
}

function neverStartedError({ state, failure }: EndOfRollout): ReportedError {
  if (state === 'STOPPED') {
    return reportedError('tolerance-exceeded', 'The rollout stopped before the image was started');
  }
  if (state === 'FAILED' && failure !== undefined) return reportedError(failure.code, failure.detail);
  if (state === 'REFUSED') {
    return reportedError('images-blocked', 'The rollout was refused before its first write');
  }
  return reportedError('cancelled', 'The rollout ended before the image was started');
}

function pendingImage(image: ImageArn): ReportedImage {
  return { ...emptyOutcome(image), state: 'PENDING', wave: onlyWave, attempts: 0 };
}

function emptyOutcome(imageArn: string): Omit<ImageOutcome, 'state' | 'error'> {
  return { imageArn, grantsSha256: { before: null, after: null }, shareArns: [], requestIds: [], visibility: [] };
}

function startOf(root: readonly HistoryEvent[], workflowId: string): { at: string; input: RolloutInput } {
  const started = root.find((event) => event.kind === 'started');
  if (started !== undefined && isRolloutInput(started.input)) return { at: started.at, input: started.input };
  throw new AppError('rollout-not-found', `The workflow ${workflowId} is not a rollout`, { item: workflowId });
}

function outcomeOf(end: EndedEvent | undefined): RolloutOutcome | null {
  const candidates = [end?.result, end?.failure?.details[0]];
  return candidates.find(isRolloutOutcome) ?? null;
}

function countsOf(images: readonly ReportedImage[]): ImageCounts {
  const counts = { ...pendingCounts(images.length), pending: 0 };
  for (const { state } of images) counts[countKeyOf(state)] += 1;
  return counts;
}

function wavesOf(images: readonly ReportedImage[]): RolloutReport['waves'] {
  const names = [...new Set(images.map(({ wave }) => wave))];
  return names.map((name) => ({ name, counts: countsOf(images.filter(({ wave }) => wave === name)) }));
}

// Payloads are written by workflows of this product; what tells the kinds apart is enough.
/** Whether a decoded payload is the input of a rollout. */
export function isRolloutInput(value: unknown): value is RolloutInput {
  return isObject(value) && isObject(value['spec']) && isObject(value['origin']);
}

function isRolloutOutcome(value: unknown): value is RolloutOutcome {
  return isObject(value) && typeof value['state'] === 'string' && isObject(value['counts']);
}

function isImageOutcome(value: unknown): value is ImageOutcome {
  return isObject(value) && typeof value['imageArn'] === 'string' && typeof value['state'] === 'string';
}

function isInspection(value: unknown): value is Inspection {
  return isObject(value) && Array.isArray(value['verdicts']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

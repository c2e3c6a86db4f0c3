import type { Inspection } from '../contracts/activities.ts';
import type { ReportedError, ReportedImage } from '../contracts/report.ts';
import type { OnConflict, RolloutError } from '../contracts/rollout.ts';
import { imageWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { RolloutState } from '../domain/image-state.ts';
import { isUnseen } from '../domain/looked.ts';
import type { BatchHistory, ImageHistory } from './batch-history.ts';
import { isCutOff } from './batch-history.ts';
import type { HistoryEvent } from './history.ts';
import type { LostImage } from './lost-batch.ts';
import { lostImages } from './lost-batch.ts';
import type { ReportPlan } from './report-plan.ts';
import { imagesIn, inspectionsIn } from './report-plan.ts';
import { emptyOutcome, isImageOutcome, outcomeOfFailure, reportedError, reportedOutcome } from './reported-outcome.ts';

/** How a rollout ended, and why it did so early. */
export interface EndOfRollout {
  readonly state: RolloutState;
  readonly error: RolloutError | undefined;
}

type ChildEndedEvent = Extract<HistoryEvent, { kind: 'child-ended' }>;

/** What the histories say about each image; what is read later holds. */
export class Evidence {
  limitsSha256: string | null = null;
  readonly #byWorkflowId: ReadonlyMap<string, ImageArn>;
  readonly #waveOf: ReadonlyMap<ImageArn, string>;
  readonly #images = new Map<string, ReportedImage>();
  readonly #onConflict: OnConflict;
  /** Images of batches that were ended from outside. */
  readonly #cutOff = new Set<ImageArn>();

  constructor({ images, waves }: Pick<ReportPlan, 'images' | 'waves'>, onConflict: OnConflict) {
    this.#onConflict = onConflict;
    this.#byWorkflowId = new Map(images.map((image) => [imageWorkflowId(image), image]));
    this.#waveOf = new Map(waves.flatMap((wave) => wave.images.map((image) => [image, wave.spec.name] as const)));
  }

  /** Reads the history of the root. */
  readRoot(events: readonly HistoryEvent[]): void {
    this.#read(events, null);
  }

  /** Reads what is known of a batch of a wave. */
  readBatch({ workflowId, events, outliving, lost }: BatchHistory, wave: string | null): void {
    this.#read(events, wave);
    if (lost !== undefined) for (const one of lostImages(lost)) this.#lost(workflowId, one, wave);
    for (const image of outliving) this.#readEnd(image);
    if (!isCutOff(events)) return;
    const started = events.find((event) => event.kind === 'started');
    for (const image of imagesIn(started?.input)) this.#cutOff.add(image);
  }

  #read(events: readonly HistoryEvent[], wave: string | null): void {
    for (const inspection of inspectionsIn(events, 'inspectImages')) this.#inspected(inspection);
    for (const event of events) {
      if (event.kind === 'child-initiated') {
        this.#change(event.workflowId, (image) => ({
          ...image,
          wave: image.wave ?? wave,
          attempts: image.attempts + 1,
        }));
      } else if (event.kind === 'child-started') {
        this.#change(event.workflowId, (image) => ({ ...image, state: 'RUNNING', runId: event.runId }));
      } else if (event.kind === 'child-ended') {
        this.#change(event.workflowId, (image) => endedImage(image, event));
      }
    }
  }

  /** What the root knows of an image of which the batch is forgotten. */
  #lost(batchId: string, { image, state, failure, isStateKnown }: LostImage, wave: string | null): void {
    const before = this.#known(image);
    const isWell = state === 'SUCCEEDED' || state === 'UNCHANGED';
    const error =
      failure === undefined ? forgottenError(batchId, isStateKnown) : reportedError(failure.code, failure.detail);
    this.#images.set(image, {
      ...before,
      state,
      wave: before.wave ?? wave,
      attempts: state === 'SUCCEEDED' ? 1 : 0,
      ...(isWell ? {} : { error }),
    });
  }

  /** What an image says of its own end. */
  #readEnd({ workflowId, events }: ImageHistory): void {
    const end = events.find((event) => event.kind === 'ended');
    if (end === undefined) return;
    this.#change(workflowId, (image) => endedImage(image, { ...end, kind: 'child-ended', workflowId }));
  }

  /** Reads what the looks after a soak found, in the history of the root. */
  readSoaks(root: readonly HistoryEvent[]): void {
    for (const { verdicts } of inspectionsIn(root, 'reinspectImages')) {
      for (const { image, verdict } of verdicts) {
        // What could not be read is no drift: the rollout waits there, and looks again.
        if (verdict.action === 'UNCHANGED' || (verdict.action === 'BLOCKED' && isUnseen(verdict.code))) continue;
        const known = this.#known(image);
        const why = verdict.action === 'BLOCKED' ? `: ${verdict.detail}` : '';
        const detail = `no longer in sync after the soak of wave ${known.wave ?? ''}${why}`;
        this.#images.set(image, { ...known, state: 'FAILED', error: reportedError('not-in-sync', detail) });
      }
    }
  }

  of(image: ImageArn, end: EndOfRollout | null): ReportedImage {
    const known = this.#known(image);
    if (end === null) return known;
    if (known.state === 'RUNNING' && end.error?.code !== 'rollout-terminated') return abandonedImage(known);
    if (known.state !== 'PENDING') return known;
    if (known.error === undefined) {
      const error = this.#cutOff.has(image) ? cutOffError() : neverStartedError(end);
      return { ...known, state: 'SKIPPED', error };
    }
    // It gave way to the lock of another rollout.
    return { ...known, state: this.#onConflict === 'fail' ? 'FAILED' : 'SKIPPED' };
  }

  #inspected({ verdicts, limitsSha256 }: Inspection): void {
    this.limitsSha256 = limitsSha256;
    for (const { image, verdict } of verdicts) {
      const before = this.#known(image);
      if (verdict.action === 'BLOCKED') {
        this.#images.set(image, { ...before, state: 'SKIPPED', error: reportedError(verdict.code, verdict.detail) });
      } else if (verdict.action === 'UNCHANGED') {
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
    if (image !== undefined) this.#images.set(image, change(this.#known(image)));
  }

  #known(image: ImageArn): ReportedImage {
    const wave = this.#waveOf.get(image) ?? null;
    const nothing = { state: 'PENDING', attempts: 0, workflowId: imageWorkflowId(image), runId: null } as const;
    return this.#images.get(image) ?? { ...emptyOutcome(image), ...nothing, wave };
  }
}

function endedImage(image: ReportedImage, { how, workflowId, result, failure }: ChildEndedEvent): ReportedImage {
  const { wave, attempts, imageArn, runId } = image;
  switch (how) {
    case 'completed':
      return isImageOutcome(result) ? { ...reportedOutcome(result), wave, attempts, workflowId, runId } : image;
    case 'failed':
      return { ...reportedOutcome(outcomeOfFailure(imageArn, failure)), wave, attempts, workflowId, runId };
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
      return { ...image, state: 'COMPENSATION_FAILED', error: reportedError('image-terminated', detail) };
    }
  }
}

/** Its batch was ended from outside, and its own history is gone: nobody knows how it ended. */
function abandonedImage(image: ReportedImage): ReportedImage {
  const detail = `The batch of ${image.workflowId} was ended from outside, and its history is gone`;
  return { ...image, state: 'FAILED', error: reportedError('internal', detail) };
}

function forgottenError(batchId: string, isStateKnown: boolean): ReportedError {
  const rest = isStateKnown
    ? 'why it ended so is not known any more'
    : 'how each of its images ended is not known any more';
  return reportedError('baseline-lost', `The history of ${batchId} is gone: ${rest}`);
}

function cutOffError(): ReportedError {
  return reportedError('rollout-terminated', 'Its batch was ended from outside before the image was started');
}

function neverStartedError({ state, error }: EndOfRollout): ReportedError {
  if (state === 'REFUSED' && error?.code !== 'guardrail-violated') {
    return reportedError('images-blocked', 'The rollout was refused before its first write');
  }
  if (error !== undefined) return reportedError(error.code, error.detail);
  return reportedError('cancelled', 'The rollout ended before the image was started');
}

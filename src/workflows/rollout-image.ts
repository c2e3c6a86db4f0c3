import { ApplicationFailure, CancellationScope, workflowInfo } from '@temporalio/workflow';
import type {
  Activities,
  Proof,
  StepFailure,
  Throttling,
  Validation,
  WriteInput,
  WriteResult,
} from '../contracts/activities.ts';
import type { ImageInput, ImageOutcome } from '../contracts/image.ts';
import { imageInput } from '../contracts/input-shapes.ts';
import { imageWorkflowId } from '../contracts/workflow-ids.ts';
import { imageLabel } from '../domain/arn.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { runbookOf } from '../domain/runbook.ts';
import type { ThrottledCalls } from '../domain/throttled.ts';
import { mostThrottledOfImage, throttledField, worstThrottled } from '../domain/throttled.ts';
import { timingOf } from '../domain/timing.ts';
import { undoFailureCode } from '../domain/undo-failure.ts';
import { sumOfVerdicts } from '../domain/visibility.ts';
import { imageSteps } from './activities.ts';
import { requireInput } from './checked.ts';
import { errorOf, notVisible, stepFailureOf } from './failures.ts';
import { end } from './image-end.ts';
import { recordAlone } from './record-alone.ts';
import type { Evidence } from './image-end.ts';

// These say that somebody does not see the image; any other failure of the proof says nothing about them.
const visibilityCodes: readonly ErrorCode[] = ['not-visible', 'not-in-sync'];
const longestDetail = 500;

/** What a step leaves to those that follow. */
type Absorbed = Pick<StepFailure, 'hasWritten' | 'ownShareArns' | 'requestIds' | 'throttledCount' | 'throttled'>;

/** A transaction that has its baseline: what its undo and its outcome need to know. */
interface Transaction {
  readonly input: ImageInput;
  readonly steps: Activities;
  readonly validation: Validation;
  hasWritten: boolean;
  ownShareArns: readonly string[];
  requestIds: readonly string[];
  throttledCount: number;
  throttled: readonly ThrottledCalls[];
  /** Once everything is written, only a cancel, or the manifest, asks for an undo. */
  phase: 'writing' | 'proving';
  proof: Proof | null;
}

/**
 * Rolls the policy out to one image: validate, put, promote, align, verify; back to the baseline where that fails.
 *
 * - Id: `image-policy/<account>/<region>/<name>/<x.y.z>/<build>`, the image's lock over all rollouts.
 * - Result: SUCCEEDED, UNCHANGED, INCONCLUSIVE or CANCELLED; it fails with the code as type and the outcome as details
 *   for FAILED, COMPENSATED and COMPENSATION_FAILED.
 * - Cancel: an image that was written goes back to its baseline and ends CANCELLED, unless it is proven already. Where
 *   nobody is wanted, the shares are removed to the end: a deleted share cannot come back.
 * - Continues as new: never; it makes at most 50 events, whatever it has to wait for.
 * - Invariants: no write before the baseline is in the history; never two steps in flight.
 */
export async function rolloutImage(input: ImageInput): Promise<ImageOutcome> {
  requireInput(input, imageInput, () => imageWorkflowId(input.image));
  // A batch writes into the ledger for all of its images.
  if (workflowInfo().parent !== undefined) return transact(input);
  return recordAlone(input, transact(input));
}

async function transact(input: ImageInput): Promise<ImageOutcome> {
  const steps = imageSteps(imageLabel(input.image), timingOf(input.options));
  const validation = await baselineFirst(input, steps);
  if ('imageArn' in validation) return validation;
  return run({
    input,
    steps,
    validation,
    hasWritten: false,
    ownShareArns: [],
    requestIds: [],
    throttledCount: validation.throttledCount ?? 0,
    throttled: validation.throttled ?? [],
    phase: 'writing',
    proof: null,
  });
}

/** The baseline, and what has to be done; or the outcome of an image that could not be looked at. */
async function baselineFirst(input: ImageInput, steps: Activities): Promise<Validation | ImageOutcome> {
  try {
    return await steps.validateImage(input);
  } catch (error) {
    const failure = asCancelled(stepFailureOf(error));
    const state = failure.code === 'cancelled' ? 'CANCELLED' : 'FAILED';
    return end(input, state, { error: errorOf(failure), ...throttlingOf(failure) });
  }
}

async function run(transaction: Transaction): Promise<ImageOutcome> {
  const { input, validation } = transaction;
  const { verdict, grantsSha256 } = validation;
  switch (verdict.action) {
    case 'UNCHANGED':
      return end(input, 'UNCHANGED', {
        grantsSha256: { before: verdict.grantsSha256, after: verdict.grantsSha256 },
        shareArns: verdict.shareArns,
        residue: verdict.residue,
        ...throttlingOf(validation),
      });
    case 'BLOCKED':
      return end(input, 'FAILED', {
        grantsSha256: { before: grantsSha256, after: grantsSha256 },
        error: { code: verdict.code, detail: verdict.detail },
        ...throttlingOf(validation),
      });
    case 'CHANGE':
      return change(transaction);
  }
}

async function change(transaction: Transaction): Promise<ImageOutcome> {
  try {
    // A deleted share cannot come back, so what has begun to unshare goes to its end.
    const { path } = transaction.validation;
    const isShielded = path === 'unshare' || path === 'undo' || path === 'revoke';
    await (isShielded
      ? CancellationScope.nonCancellable(() => writeAndProve(transaction))
      : writeAndProve(transaction));
  } catch (error) {
    return failed(transaction, asCancelled(stepFailureOf(error)));
  }
  return proven(transaction);
}

/** A cancel that met a step between two attempts: the step tells why it was to be repeated, not that it was cancelled. */
function asCancelled(failure: StepFailure): StepFailure {
  if (failure.code === 'cancelled' || !CancellationScope.current().consideredCancelled) return failure;
  return { ...failure, code: 'cancelled', detail: `The image was cancelled: ${failure.detail}` };
}

async function writeAndProve(transaction: Transaction): Promise<void> {
  const { path } = transaction.validation;
  if (path === 'undo' || path === 'revoke') return restore(transaction);
  if (path === 'seed') {
    await seed(transaction);
    if (await prove(transaction, { mayAlign: true })) return;
    transaction.phase = 'writing';
  }
  await align(transaction);
  await prove(transaction, { mayAlign: false });
}

/** The last step; tells whether the shares are what they should be, or have to be aligned first. */
async function prove(transaction: Transaction, { mayAlign }: { readonly mayAlign: boolean }): Promise<boolean> {
  transaction.phase = 'proving';
  transaction.proof = await transaction.steps.verifyVisibility({ ...writeInput(transaction), mayAlign });
  countThrottled(transaction, transaction.proof);
  return transaction.proof.isAligned;
}

/** Back to the baseline of an earlier rollout, or to this one without a principal: the step and the proof of a compensation. */
async function restore(transaction: Transaction): Promise<void> {
  const restored = await transaction.steps.restoreBaseline({ ...writeInput(transaction), hasWritten: true });
  // The baseline was not there before; that a write was sent is all that is known where its answer was lost.
  transaction.hasWritten = true;
  transaction.requestIds = restored.requestIds;
  countThrottled(transaction, restored);
  transaction.proof = { ...restored, visibility: [], isAligned: true };
}

/** The first share of an image: a policy, and the promotion of what RAM makes of it. */
async function seed(transaction: Transaction): Promise<void> {
  await step(transaction, transaction.steps.putImagePolicy);
  await step(transaction, transaction.steps.promoteShares);
}

/** RAM changes what has a share of ours. A principal that it failed to associate is for the proof to judge. */
async function align(transaction: Transaction): Promise<void> {
  try {
    await step(transaction, transaction.steps.alignShares);
  } catch (error) {
    const failure = stepFailureOf(error);
    if (failure.code !== 'not-visible') throw error;
    absorb(transaction, failure);
  }
}

async function step(transaction: Transaction, activity: (input: WriteInput) => Promise<WriteResult>): Promise<void> {
  const result = await activity(writeInput(transaction));
  absorb(transaction, { ...result, hasWritten: result.hasWritten ? 'yes' : 'no' });
}

async function proven(transaction: Transaction): Promise<ImageOutcome> {
  const verdicts = transaction.proof?.visibility ?? [];
  switch (sumOfVerdicts(verdicts)) {
    case 'VISIBLE':
      return end(transaction.input, 'SUCCEEDED', evidenceOf(transaction));
    case 'INCONCLUSIVE':
      return end(transaction.input, 'INCONCLUSIVE', evidenceOf(transaction));
    case 'NOT_VISIBLE':
      return failed(transaction, notVisible(verdicts));
  }
}

/** Ends a transaction that did not succeed: as it is, or back at its baseline. */
async function failed(transaction: Transaction, failure: StepFailure): Promise<ImageOutcome> {
  absorb(transaction, failure);
  const { input, hasWritten } = transaction;
  const evidence = { ...evidenceOf(transaction), error: errorOf(failure) };
  if (!hasWritten) return end(input, failure.code === 'cancelled' ? 'CANCELLED' : 'FAILED', evidence);
  const { path } = transaction.validation;
  if (path === 'undo') return compensationFailed(transaction, null, failure);
  // What was taken away already stays away.
  if (path === 'revoke') return end(input, 'FAILED', evidence);
  if (isKept(transaction, failure)) return end(input, isMeasured(failure) ? 'FAILED' : 'INCONCLUSIVE', evidence);
  return CancellationScope.nonCancellable(() => compensate(transaction, failure));
}

/** Whether what was written stays: one account that does not see the image must not take it from all others. */
function isKept({ phase, input }: Transaction, { code }: StepFailure): boolean {
  if (phase === 'writing' || code === 'cancelled') return false;
  return input.options.onNotVisible === 'keep' || !visibilityCodes.includes(code);
}

/** Whether it was seen that the image is not as wanted; else AWS did not let us look. */
function isMeasured({ code }: StepFailure): boolean {
  return !code.startsWith('aws-');
}

async function compensate(transaction: Transaction, failure: StepFailure): Promise<ImageOutcome> {
  const { input, steps } = transaction;
  const provenAfter = provenAfterOf(input, failure);
  try {
    const restored = await steps.restoreBaseline({
      ...writeInput(transaction),
      ...(provenAfter === null ? {} : { provenAfter }),
    });
    countThrottled(transaction, restored);
    return await end(input, failure.code === 'cancelled' ? 'CANCELLED' : 'COMPENSATED', {
      ...evidenceOf(transaction),
      grantsSha256: { before: transaction.validation.grantsSha256, after: restored.grantsSha256 },
      shareArns: restored.shareArns,
      requestIds: [...transaction.requestIds, ...restored.requestIds],
      residue: restored.residue,
      error: errorOf(failure),
    });
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    return compensationFailed(transaction, failure, stepFailureOf(error));
  }
}

/** An answer may be missing: only a read after its time proves that nothing has come of the write. */
function provenAfterOf({ options }: ImageInput, { hasWritten, unansweredUntil }: StepFailure): string | null {
  if (unansweredUntil !== undefined) return unansweredUntil;
  return hasWritten === 'maybe' ? new Date(Date.now() + timingOf(options).unansweredMs).toISOString() : null;
}

function compensationFailed(
  transaction: Transaction,
  first: StepFailure | null,
  failure: StepFailure,
): Promise<ImageOutcome> {
  absorb(transaction, failure);
  if (failure.code === 'image-gone') return imageGone(transaction, first, failure);
  const { input, validation, ownShareArns } = transaction;
  const code = undoFailureCode(failure.code);
  const waitedFor = code === failure.code ? '' : `${failure.code}: `;
  return end(input, 'COMPENSATION_FAILED', {
    ...evidenceOf(transaction),
    grantsSha256: { before: validation.grantsSha256, after: null },
    runbook: runbookOf({
      image: input.image,
      workflowId: workflowInfo().workflowId,
      runId: workflowInfo().runId,
      baseline: validation.baseline,
      ownShareArns,
    }),
    error: {
      code,
      detail: `${waitedFor}${failure.detail}${whyUndone(first)}`.slice(0, longestDetail),
    },
  });
}

/** Nobody has access to an image that is gone, so there is nothing to bring back; a share that was made for it may be left. */
function imageGone(
  transaction: Transaction,
  first: StepFailure | null,
  { code, detail }: StepFailure,
): Promise<ImageOutcome> {
  const { input, ownShareArns } = transaction;
  const left = ownShareArns.length === 0 ? '' : `; made for it, and maybe left empty: ${ownShareArns.join(', ')}`;
  // An image that is not there is found to be gone twice: by the step that failed, and by its undo.
  const why = first?.code === code ? '' : whyUndone(first);
  return end(input, 'FAILED', {
    ...evidenceOf(transaction),
    error: { code, detail: `${detail}${left}${why}`.slice(0, longestDetail) },
  });
}

function whyUndone(first: StepFailure | null): string {
  return first === null ? '' : `; the undo was for ${first.code}: ${first.detail}`;
}

function writeInput({ input, validation, ownShareArns, hasWritten }: Transaction): WriteInput {
  return { ...input, baseline: validation.baseline, ownShareArns, hasWritten };
}

function absorb(transaction: Transaction, result: Absorbed): void {
  const { hasWritten, ownShareArns, requestIds } = result;
  countThrottled(transaction, result);
  transaction.hasWritten ||= hasWritten !== 'no';
  transaction.ownShareArns = [...new Set([...transaction.ownShareArns, ...ownShareArns])];
  transaction.requestIds = [...transaction.requestIds, ...requestIds];
}

function countThrottled(transaction: Transaction, { throttledCount = 0, throttled = [] }: Throttling): void {
  transaction.throttledCount += throttledCount;
  transaction.throttled = worstThrottled([...transaction.throttled, ...throttled], mostThrottledOfImage);
}

function evidenceOf(transaction: Transaction): Evidence {
  const { validation, proof, ownShareArns, hasWritten, requestIds } = transaction;
  return {
    grantsSha256: { before: validation.grantsSha256, after: proof?.grantsSha256 ?? null },
    shareArns: proof?.shareArns ?? ownShareArns,
    hasWritten,
    requestIds,
    visibility: proof?.visibility ?? [],
    residue: proof?.residue ?? [],
    ...throttlingOf(transaction),
  };
}

function throttlingOf({ throttledCount = 0, throttled = [] }: Throttling): Throttling {
  return throttledCount === 0 ? {} : { throttledCount, ...throttledField(throttled) };
}

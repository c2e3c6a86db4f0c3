import { readImageStatus } from '../aws/observe.ts';
import type { Activities, Validation, Verdict, WriteInput } from '../contracts/activities.ts';
import type { ImageArn } from '../domain/arn.ts';
import { nextStep } from '../domain/converge.ts';
import { AppError } from '../domain/errors.ts';
import type { ObservedImage } from '../domain/observation.ts';
import { baselineOf, isStandard, liveGrants } from '../domain/shares.ts';
import type { ForeignShares, Situation, Target } from '../domain/situation.ts';
import type { Stage } from './acting.ts';
import { runStep } from './attempt.ts';
import type { Leg } from './converging.ts';
import { awaitFirstShare, converge, inTime, observe, stageOf, wantedOf } from './converging.ts';
import type { Dependencies } from './dependencies.ts';
import { grantsSha256 } from './grants-hash.ts';
import { requireWithinLimits } from './limits.ts';
import { newRecord } from './record.ts';
import { writeResult } from './write-result.ts';

/** The steps of the transaction up to the put. */
export function imageActivities(dependencies: Dependencies): Pick<Activities, 'validateImage' | 'putImagePolicy'> {
  return {
    /**
     * Looks at an image before anything is written: takes the baseline, and says what has to be done.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: `image-busy` (not yet; final after `busyTimeoutMs`), `image-gone`, `limits-exceeded` and
     *   `aws-access-denied` (never), AWS's own (as their class says).
     * - Class: poll. An attempt makes at most 8 calls.
     */
    validateImage: (input) =>
      runStep(dependencies, [], async (attempt) => {
        const stage = stageOf(dependencies, attempt, input);
        const status = await readImageStatus(dependencies.clients, stage.access, input.image, attempt);
        const wanted = await wantedOf(stage);
        const observed = await observe(stage);
        requireWithinLimits(dependencies, input, wanted.grants);
        const { foreignShares, timing } = input.options;
        const found = verdictOf(observed, wanted, { foreignShares, ...timing });
        if (found.action === 'BUSY') throw busy(stage, timing.busyTimeoutMs, found.reason);
        const verdict = found.action === 'CHANGE' ? availability(input.image, wanted, status) : found;
        return { verdict, baseline: baselineOf(observed), ...pathOf(observed, wanted) };
      }),

    /**
     * Puts the wanted policy, where no STANDARD share of ours exists and the policy is another, and ends when RAM shows
     * the share that it makes of it: from then on the history says that this share is ours.
     *
     * - Effect: at most one policy is put; it replaces the one that the image had.
     * - Repeat: harmless. Every attempt reads first; the same document twice is the same state.
     * - Throws: `share-not-found` (not yet; final after `promotionTimeoutMs`), `policy-changed-meanwhile`,
     *   `share-not-ours`, `limits-exceeded`, `aws-request-invalid` and
     *   `aws-access-denied` (never), AWS's own (as their class says).
     * - Class: poll.
     */
    putImagePolicy: (input) =>
      runStep(dependencies, input.ownShareArns, async (attempt) => {
        const stage = stageOf(dependencies, attempt, input);
        const { promotionTimeoutMs: timeoutMs } = input.options.timing;
        const leg: Leg = { direction: 'forward', acts: new Set(['put']), endsAfter: () => true, timeoutMs };
        return writeResult(stage, await putOnce(stage, input, leg));
      }),
  };
}

/** Puts where that is needed, and waits for a share. Tells whether the target is reached already. */
async function putOnce(stage: Stage, input: WriteInput, leg: Leg): Promise<boolean> {
  if (stage.attempt.record().hasWritten !== 'yes') {
    const { step } = await converge(stage, input, leg);
    if (step.kind !== 'put') return step.kind === 'done';
  }
  if (await awaitFirstShare(stage, leg)) return false;
  // The last word, after which the step fails, is not said at a glance.
  const { step } = await converge(stage, input, leg);
  return step.kind === 'done';
}

function busy(stage: Stage, timeoutMs: number, reason: string): Error {
  return inTime(stage, { timeoutMs }, new AppError('image-busy', `${stage.input.image}: ${reason}`));
}

/** An image that is not ready is not given to anybody; taking it away is always possible. */
function availability(image: ImageArn, { grants }: Target, status: string): Verdict {
  if (status === 'AVAILABLE' || grants.length === 0) return { action: 'CHANGE' };
  return { action: 'BLOCKED', code: 'image-not-available', detail: `${image} is ${status}` };
}

function pathOf(observed: ObservedImage, wanted: Target): Pick<Validation, 'grantsSha256' | 'path'> {
  const sharePath = observed.shares.some(isStandard) ? 'share' : 'seed';
  return {
    grantsSha256: { before: grantsSha256(liveGrants(observed)), wanted: grantsSha256(wanted.grants) },
    path: wanted.grants.length === 0 ? 'unshare' : sharePath,
  };
}

/** What reading says of an image; BUSY while something is in transition. */
export function verdictOf(
  observed: ObservedImage,
  wanted: Target,
  { foreignShares, acceptanceGraceMs }: { readonly foreignShares: ForeignShares; readonly acceptanceGraceMs: number },
): Verdict | { readonly action: 'BUSY'; readonly reason: string } {
  const situation: Situation = {
    observed,
    baseline: baselineOf(observed),
    wanted,
    direction: 'forward',
    foreignShares,
    memory: newRecord([]).memory,
    acceptanceGraceMs,
    hasWritten: false,
    isSettling: false,
  };
  const step = nextStep(situation);
  if (step.kind === 'wait' && step.code === 'image-busy') return { action: 'BUSY', reason: step.reason };
  if (step.kind === 'stop') return { action: 'BLOCKED', code: step.code, detail: `${observed.image}: ${step.reason}` };
  if (step.kind !== 'done' || step.awaiting.length > 0) return { action: 'CHANGE' };
  const shareArns = observed.shares.map(({ shareArn }) => shareArn);
  return { action: 'UNCHANGED', grantsSha256: grantsSha256(liveGrants(observed)), shareArns, residue: step.residue };
}

import { readImageStatus } from '../aws/observe.ts';
import type { Activities, WriteInput } from '../contracts/activities.ts';
import type { Earlier } from '../contracts/image.ts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import type { ObservedImage, ObservedShare } from '../domain/observation.ts';
import { isStandard, liveGrants } from '../domain/shares.ts';
import { timingOf } from '../domain/timing.ts';
import type { Stage } from './acting.ts';
import { runStep, runWriteStep } from './attempt.ts';
import type { Leg } from './converging.ts';
import { awaitFirstShare, converge, inTime, stageOf, wantedOf } from './converging.ts';
import type { Dependencies, EarlierTransaction } from './dependencies.ts';
import { grantsSha256 } from './grants-hash.ts';
import { heldVerdict, heldWriteOf, respectedHolds } from './held.ts';
import { availability, grantsGiven, judge } from './judging.ts';
import { requireWithinLimits } from './limits.ts';
import { isSettling, observe } from './observing.ts';
import { throttlingOf } from './record.ts';
import { writeResult } from './write-result.ts';

/** The steps of the transaction up to the put. */
export function imageActivities(dependencies: Dependencies): Pick<Activities, 'validateImage' | 'putImagePolicy'> {
  return {
    /**
     * Looks at an image before anything is written: takes the baseline, and says what has to be done.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: `image-busy` (not yet; final after `busyTimeoutMs`), `image-gone` (never; for an image that a
     *   rollout gives to somebody once `settleMs` are over), `limits-exceeded` and `aws-access-denied` (never), AWS's
     *   own (as their class says).
     * - Class: poll. An attempt makes at most 8 calls.
     */
    validateImage: (input) =>
      runStep(dependencies, [], async (attempt) => {
        const stage = stageOf(dependencies, attempt, input);
        const { status, observed } = await lookAtImage(stage);
        const wanted = await wantedOf(stage, liveGrants(observed));
        const earlier = await earlierOf(dependencies, input);
        const judgement = judge(observed, wanted, input, earlier);
        requireWithinLimits(dependencies, input, grantsGiven(judgement, wanted));
        const { verdict: found, baseline, path } = judgement;
        if (found.action === 'BUSY') throw busy(stage, found.reason);
        const untagged = found.action === 'UNCHANGED' ? undefined : shareWithLateTag(stage, observed);
        if (untagged !== undefined) throw busy(stage, `${untagged.shareArn} does not show whose it is yet`);
        const isReady = found.action === 'CHANGE' ? availability(input.image, judgement, status) : found;
        const held =
          isReady.action === 'CHANGE'
            ? heldVerdict(
                dependencies,
                await respectedHolds(dependencies, input.options),
                heldWriteOf(observed, judgement, wanted),
              )
            : null;
        return {
          verdict: held ?? isReady,
          baseline,
          path,
          grantsSha256: grantsSha256(liveGrants(observed)),
          ...throttlingOf(attempt.record()),
        };
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
      runWriteStep(dependencies, input, async (attempt) => {
        const stage = stageOf(dependencies, attempt, input);
        const { promotionTimeoutMs: timeoutMs } = timingOf(input.options);
        const leg: Leg = { direction: 'forward', acts: new Set(['put']), endsAfter: () => true, timeoutMs };
        await putOnce(stage, input, leg);
        return writeResult(stage);
      }),
  };
}

/** Puts where that is needed, and waits for a share. */
async function putOnce(stage: Stage, input: WriteInput, leg: Leg): Promise<void> {
  const isPut = stage.attempt.record().hasWritten === 'yes' || (await converge(stage, input, leg)) === null;
  if (!isPut || (await awaitFirstShare(stage, leg))) return;
  // The last word, after which the step fails, is not said at a glance.
  await converge(stage, input, leg);
}

/** The status of an image and the access to it. One that the rollout has just seen may only seem to be gone. */
async function lookAtImage(stage: Stage): Promise<{ readonly status: string; readonly observed: ObservedImage }> {
  const { dependencies, attempt, access, input } = stage;
  try {
    const status = await readImageStatus(dependencies.clients, access, input.image, attempt);
    return { status, observed: await observe(stage) };
  } catch (error) {
    const isGone = error instanceof AppError && error.code === 'image-gone';
    if (isGone && wasJustSeen(stage)) throw busy(stage, `it may not be shown yet (${error.message})`);
    throw error;
  }
}

/** Whether a rollout that gives access has just found the image; an image alone is looked at for the first time. */
function wasJustSeen(stage: Stage): boolean {
  const { policy, earlier } = stage.input;
  return 'workflowId' in policy && earlier?.kind !== 'undo' && isSettling(stage);
}

/**
 * A share that may only seem to be somebody else's: the last write of the transaction that was waited for is a tag, which
 * a look right after it may not show.
 */
function shareWithLateTag(stage: Stage, { shares }: ObservedImage): ObservedShare | undefined {
  if (stage.input.hasWaited !== true || !isSettling(stage)) return undefined;
  return shares.find((share) => isStandard(share) && share.rolloutTag === null);
}

function busy(stage: Stage, reason: string): Error {
  const { image, options } = stage.input;
  return inTime(
    stage,
    { timeoutMs: timingOf(options).busyTimeoutMs },
    new AppError('image-busy', `${image}: ${reason}`),
  );
}

/** What earlier transactions left of an image, where the rollout asks for it. */
export async function earlierOf(
  { earlierTransaction }: Dependencies,
  { image, earlier }: { readonly image: ImageArn; readonly earlier?: Earlier },
): Promise<EarlierTransaction | null> {
  return earlier === undefined ? null : earlierTransaction(image, earlier);
}

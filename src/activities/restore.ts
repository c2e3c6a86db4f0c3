import { glimpseSharesNamed } from '../aws/observe.ts';
import type { Activities, Restoration, WriteInput } from '../contracts/activities.ts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import { liveGrants } from '../domain/shares.ts';
import type { Act } from '../domain/step.ts';
import { timingOf } from '../domain/timing.ts';
import type { Stage } from './acting.ts';
import { createdShareName } from './acting.ts';
import { runWriteStep } from './attempt.ts';
import type { Arrival, Leg } from './converging.ts';
import { converge, stageOf } from './converging.ts';
import type { Dependencies } from './dependencies.ts';
import { grantsSha256 } from './grants-hash.ts';
import { isSettling } from './observing.ts';
import { throttlingOf } from './record.ts';

const restorations: ReadonlySet<Act['kind']> = new Set([
  'put',
  'erase',
  // Only where another share of the same policy is STANDARD already: a policy cannot be put over that.
  'promote',
  'promote-permission',
  // Only in the place of a share that this transaction has deleted.
  'create-share',
  'tag',
  // Only of a share that was taken over from somebody else.
  'untag',
  'associate',
  'replace-permission',
  'disassociate',
  'remove-image',
  'delete-share',
]);

/** The step that undoes the others. */
export function restoreActivities(dependencies: Dependencies): Pick<Activities, 'restoreBaseline'> {
  return {
    /**
     * Brings an image back to its baseline, and proves it by two reads `settleMs` apart.
     *
     * - Effect: puts the baseline's policy back or erases it, or takes back what was changed through RAM.
     * - Repeat: harmless. It acts on the state just read, and touches nothing where that is neither the baseline's nor
     *   the rollout's.
     * - Throws: `promotion-pending` and `not-in-sync` (not yet), `promotion-stuck` (once a share has been PROMOTING for
     *   `stuckAfterMs`), `changed-by-another`, `share-gone`, `policy-not-erasable`, `limits-exceeded` and
     *   `aws-access-denied` (never), AWS's own (as their class says).
     * - Class: undo. It has a time budget of its own, so that the outage that broke the rollout does not fail its undo.
     */
    restoreBaseline: (input) =>
      runWriteStep(
        dependencies,
        input,
        async (attempt) => {
          const stage = stageOf(dependencies, attempt, input);
          const { stuckAfterMs: timeoutMs } = timingOf(input.options);
          const leg: Leg = { direction: 'backward', acts: restorations, endsAfter: () => false, timeoutMs };
          const { provenAfter } = input;
          const provenAfterMs = provenAfter === undefined ? 0 : Date.parse(provenAfter);
          for (;;) {
            if (provenAfter !== undefined) await recallShares(stage);
            const arrival = await convergeWhileThere(stage, input, leg);
            if (arrival?.step.kind !== 'done') throw unreachable(input.image, arrival?.step.kind);
            if (isProven(stage, provenAfterMs)) return restorationOf(stage, arrival);
          }
        },
        'unlimited',
      ),
  };
}

/** Where an image only seems to be gone, somebody would keep access: it is looked for until its reads have settled. */
async function convergeWhileThere(stage: Stage, input: WriteInput, leg: Leg): Promise<Arrival | null> {
  try {
    return await converge(stage, input, leg);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'image-gone' || !isSettling(stage)) throw error;
    throw new AppError('not-in-sync', `${error.message}; it is looked for once more`, { item: input.image });
  }
}

/**
 * Finds the shares of this transaction whose making was not answered: nobody knows their ARNs, and RAM names one that it is
 * still making in no list of the image.
 */
async function recallShares({ dependencies, access, attempt, input }: Stage): Promise<void> {
  const name = createdShareName(input.rolloutName);
  const named = await glimpseSharesNamed(dependencies.clients, access, name, attempt);
  const { memory } = attempt.record();
  const live = named.filter(({ status }) => status !== 'DELETED').map(({ shareArn }) => shareArn);
  const found = live.filter((arn) => !memory.ownShareArns.includes(arn));
  if (found.length === 0) return;
  // It may be in no list for as long as if it had just been made.
  const lastWriteAtMs = dependencies.now();
  attempt.save({ memory: { ...memory, ownShareArns: [...memory.ownShareArns, ...found] }, lastWriteAtMs });
  attempt.tell();
}

function unreachable(image: ImageArn, kind = 'go on'): AppError {
  return new AppError('internal', `The undo of ${image} knows no way to ${kind}`, { item: image });
}

/** Whether the baseline was there before already, long enough ago; throws `not yet` where time has to pass first. */
function isProven({ attempt, dependencies, input }: Stage, provenAfterMs: number): boolean {
  const nowMs = dependencies.now();
  const { reachedAtMs, lastWriteAtMs } = attempt.record();
  const isFirst = reachedAtMs === null || reachedAtMs < (lastWriteAtMs ?? 0);
  const sinceMs = isFirst ? nowMs : reachedAtMs;
  if (isFirst) attempt.save({ reachedAtMs: nowMs });
  const dueAtMs = Math.max(sinceMs + timingOf(input.options).settleMs, provenAfterMs);
  if (nowMs >= dueAtMs) return !isFirst;
  throw new AppError('not-in-sync', `${input.image}: the baseline is back, and is read once more`, {
    item: input.image,
    retryAfterMs: dueAtMs - nowMs,
  });
}

function restorationOf({ attempt }: Stage, { observed, step }: Arrival): Restoration {
  return {
    grantsSha256: grantsSha256(liveGrants(observed)),
    shareArns: observed.shares.map(({ shareArn }) => shareArn),
    requestIds: attempt.record().requestIds,
    residue: step.kind === 'done' ? step.residue : [],
    ...throttlingOf(attempt.record()),
  };
}

import type { ApplicationFailure } from '@temporalio/common';
import type { StepInput, WriteInput } from '../contracts/activities.ts';
import type { Grant } from '../domain/grants.ts';
import { nextStep, waitAtGlance, waitForFirstShare } from '../domain/converge.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import type { GlimpsedImage, ObservedImage } from '../domain/observation.ts';
import { grantsLeft, revocationOf } from '../domain/revocation.ts';
import { isStandard, liveGrants } from '../domain/shares.ts';
import type { Memory, Situation, Target } from '../domain/situation.ts';
import type { Act, Step, Wait } from '../domain/step.ts';
import { timingOf } from '../domain/timing.ts';
import { ownerAccess } from './access.ts';
import type { Stage } from './acting.ts';
import { perform } from './acting.ts';
import type { Attempt } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';
import { hasJustWritten, isJustDone, untilSeen } from './done-acts.ts';
import { finalFailure } from './failures.ts';
import { requireNotHeld } from './held.ts';
import { requireWithinLimits } from './limits.ts';
import { glimpse, isSettling, observeRest } from './observing.ts';
import { policyTarget } from './policy-target.ts';
import { revokedPrincipal } from './revoked.ts';

// More acts than any way from one state to another takes; a loop that does not end is a bug, or somebody who undoes it.
const mostActs = 40;

/** What one step of the transaction may do on its way, and how long it may wait. */
export interface Leg {
  readonly direction: Situation['direction'];
  readonly acts: ReadonlySet<Step['kind']>;
  /** Whether the leg ends with an act, once it is answered. Else it ends where the next look finds nothing left to do. */
  readonly endsAfter: (act: Act) => boolean;
  /** The act that a glance at the shares calls for already; where there is none, the rest is read and decides. */
  readonly actAtGlance?: (glimpsed: GlimpsedImage, memory: Memory) => Act | null;
  readonly timeoutMs: number;
}

/** Where a leg has ended that did not end with an act of its own: at the target, or before an act that another leg does. */
export interface Arrival {
  /** What the step was decided from. */
  readonly observed: ObservedImage;
  readonly step: Exclude<Step, { kind: 'wait' | 'stop' }>;
}

type Ends = Pick<Situation, 'wanted' | 'baseline'>;

/** What the stage of an attempt works with. */
export function stageOf(dependencies: Dependencies, attempt: Attempt, input: StepInput): Stage {
  const access = ownerAccess(input.image, input.options, dependencies.limits?.rules ?? null);
  return { dependencies, attempt, access, input };
}

/** What the rollout wants of an image that gives `live` now. */
export async function wantedOf({ dependencies, input }: Stage, live: readonly Grant[]): Promise<Target> {
  if ('withoutPrincipal' in input.policy) {
    return { grants: grantsLeft(live, input.policy.withoutPrincipal), document: null };
  }
  return policyTarget(dependencies, input.policy, input.image);
}

/**
 * Observes, asks the domain, acts; until the leg has arrived, or ended with an act: then it gives null. Where something takes
 * its time, it throws `not yet` to be called again; past the leg's timeout the same error is final.
 */
export async function converge(stage: Stage, input: WriteInput, leg: Leg): Promise<Arrival | null> {
  const ends = await endsOf(stage, input);
  const grants = leg.direction === 'forward' ? ends.wanted.grants : ends.baseline.grants;
  for (let count = 0; count < mostActs; count += 1) {
    const next = await nextOf(stage, input, leg, ends);
    if ('step' in next) return next;
    if (await isAwaitingAnswer(stage, next.act)) continue;
    requireWithinLimits(stage.dependencies, input, grants);
    await requireUnheld(stage, input, leg, { ...next, ...ends });
    if ((await act(stage, leg, next.act)) && leg.endsAfter(next.act)) return null;
  }
  throw new AppError('policy-changed-meanwhile', `${input.image} does not come to rest`, { item: input.image });
}

/** The next act of a leg, and what it was decided from beyond a glance; or where the leg arrives. */
async function nextOf(
  stage: Stage,
  input: WriteInput,
  leg: Leg,
  ends: Ends,
): Promise<Arrival | { readonly act: Act; readonly observed: ObservedImage | null }> {
  const { attempt } = stage;
  const glimpsed = await glimpse(stage);
  // Told, because an act of this leg may make it STANDARD.
  if (rememberUnpromoted(stage, glimpsed)) attempt.tell();
  const wait = waitAtGlance(glimpsed, hasWritten(stage, input));
  if (wait !== null) throw notYet(stage, leg, wait);
  const atGlance = leg.actAtGlance?.(glimpsed, attempt.record().memory) ?? null;
  if (atGlance !== null) return { act: atGlance, observed: null };
  const observed = await observeRest(stage, glimpsed, 'waited-for');
  const step = nextStep(situationOf(stage, input, leg.direction, { observed, ...ends }));
  if (step.kind === 'stop') throw new AppError(step.code, `${input.image}: ${step.reason}`, { item: input.image });
  if (step.kind === 'wait') throw notYet(stage, leg, step);
  // What a step before this one has put is not put again, but seen later.
  if (step.kind === 'put' && !leg.acts.has('put')) throw notYet(stage, leg, untilSeen(step));
  return step.kind === 'done' || !leg.acts.has(step.kind) ? { observed, step } : { act: step, observed };
}

/** Where the transaction comes from, and where it goes; a revocation goes back to less than what was there. */
async function endsOf(stage: Stage, input: WriteInput): Promise<Ends> {
  const { baseline } = input;
  const principal = revokedPrincipal(input);
  if (principal !== null) return revocationOf(baseline, principal);
  return { wanted: await wantedOf(stage, baseline.grants), baseline };
}

/**
 * Throws `image-held` where a hold stands against what a leg is about to write. A compensation is never held up, nor is
 * what can only go on once it has begun: an undo, a revocation, or the removal of everybody.
 */
async function requireUnheld(
  { dependencies, attempt }: Stage,
  input: WriteInput,
  { direction }: Leg,
  { observed, wanted }: Pick<Situation, 'wanted'> & { readonly observed: ObservedImage | null },
): Promise<void> {
  const { image, options, baseline, earlier } = input;
  const hasBegun = attempt.record().hasWritten !== 'no';
  if (direction === 'forward') {
    if (wanted.grants.length === 0 && (hasBegun || input.hasWritten)) return;
    return requireNotHeld(dependencies, options, { image, before: baseline.grants, wanted: wanted.grants });
  }
  if (hasBegun || observed === null) return;
  const before = liveGrants(observed);
  if (earlier?.kind === 'undo') {
    return requireNotHeld(dependencies, options, { image, before, wanted: baseline.grants });
  }
  if (revokedPrincipal(input) !== null) return requireNotHeld(dependencies, options, { image, before, wanted: before });
}

/**
 * Waits, after a put that was answered, until RAM shows a share of the image; throws `not yet` until then. Only shares are
 * read, so nothing may be decided from it but that the leg is over; once its time is, false: then the whole has to be read.
 */
export async function awaitFirstShare(stage: Stage, leg: Leg): Promise<boolean> {
  const glimpsed = await glimpse(stage);
  rememberUnpromoted(stage, glimpsed);
  const wait = waitForFirstShare(glimpsed);
  if (wait === null) return true;
  if (stage.attempt.polledMs() < leg.timeoutMs) throw notYet(stage, leg, wait);
  return false;
}

/**
 * Only a policy makes a share that is not STANDARD yet, so it is ours, also when it is STANDARD at the next look. Tells
 * whether there is one that was not known.
 */
function rememberUnpromoted({ attempt }: Stage, { shares }: GlimpsedImage): boolean {
  const { memory } = attempt.record();
  const unpromoted = shares.filter((share) => !isStandard(share)).map(({ shareArn }) => shareArn);
  const isNew = unpromoted.some((arn) => !memory.ownShareArns.includes(arn));
  if (isNew)
    attempt.save({ memory: { ...memory, ownShareArns: [...new Set([...memory.ownShareArns, ...unpromoted])] } });
  return isNew;
}

/** All that the next step is decided from. */
export function situationOf(
  stage: Stage,
  input: WriteInput,
  direction: Situation['direction'],
  { observed, wanted, baseline }: Pick<Situation, 'observed' | 'wanted' | 'baseline'>,
): Situation {
  const { foreignShares, onNotVisible } = input.options;
  return {
    observed,
    baseline,
    wanted,
    direction,
    foreignShares,
    onNotVisible,
    memory: stage.attempt.record().memory,
    acceptanceGraceMs: timingOf(input.options).acceptanceGraceMs,
    hasWritten: hasWritten(stage, input),
    isSettling: isSettling(stage),
  };
}

function hasWritten({ attempt }: Stage, input: WriteInput): boolean {
  return input.hasWritten || attempt.record().hasWritten !== 'no';
}

/** Does an act, and tells whether it is done. Where it failed in a way that another look may answer, it waits for that. */
async function act(stage: Stage, leg: Leg, step: Act): Promise<boolean> {
  const { attempt, dependencies, input } = stage;
  if (isJustDone(attempt.record(), step, dependencies.now(), input.options)) throw notYet(stage, leg, untilSeen(step));
  const mayBeBegun = hasJustWritten(attempt.record(), dependencies.now(), input.options);
  try {
    await perform(stage, step);
    attempt.endStreaks('write');
    return true;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (step.kind === 'promote' && isOfItsState(error)) {
      if (mayBeBegun) throw notYet(stage, leg, untilSeen(step));
      if (error.code === 'promotion-refused') {
        await requirePromoting(stage, step.shareArn, error);
        return false;
      }
    }
    if (errorCodes[error.code].retry === 'never') throw error;
    if (errorCodes[error.code].retry === 'not-yet') throw inTime(stage, leg, error);
    await attempt.pause(error, 'write');
    return false;
  }
}

/** Whether RAM refused to promote a share for the state it is in: which name it has for one that is promoted is not documented. */
function isOfItsState({ code }: AppError): boolean {
  return code === 'promotion-refused' || errorCodes[code].retry === 'state-conflict';
}

/** RAM may refuse with the same name what it has begun already; only the state tells. */
async function requirePromoting(stage: Stage, shareArn: string, error: AppError): Promise<void> {
  const { shares } = await glimpse(stage);
  if (shares.some((share) => share.shareArn === shareArn && share.featureSet === 'CREATED_FROM_POLICY')) throw error;
}

/** Waits for a put that got no answer, since it may still land: until then a read of the old state proves nothing. */
async function isAwaitingAnswer({ attempt, dependencies, input }: Stage, { kind }: Act): Promise<boolean> {
  if (kind !== 'put' && kind !== 'erase') return false;
  if (dependencies.now() >= attempt.record().unansweredUntilMs) return false;
  await attempt.pause(new AppError('not-in-sync', `${input.image}: a put without an answer may still land`), 'poll');
  return true;
}

function notYet(
  stage: Stage,
  leg: Pick<Leg, 'timeoutMs'>,
  { code, reason, ...pause }: Wait,
): AppError | ApplicationFailure {
  const { image } = stage.input;
  return inTime(stage, leg, new AppError(code, `${image}: ${reason}`, { item: image, ...pauseOf(pause) }));
}

/** What an error says of the pause that a step asks for. */
export function pauseOf({ retryAfterMs }: Pick<Wait, 'retryAfterMs'>): Pick<AppError['context'], 'retryAfterMs'> {
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** The error, to be tried again; past the leg's timeout the final failure that it comes to. */
export function inTime(
  { attempt }: Stage,
  { timeoutMs }: Pick<Leg, 'timeoutMs'>,
  error: AppError,
): AppError | ApplicationFailure {
  if (attempt.polledMs() < timeoutMs) return error;
  const code = error.code === 'promotion-pending' ? 'promotion-stuck' : error.code;
  const sentence = `${error.message} (after ${Math.round(timeoutMs / 1000)} s)`;
  return finalFailure(new AppError(code, sentence, error.context), attempt.record());
}

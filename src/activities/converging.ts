import { observeImages } from '../aws/observe.ts';
import type { ApplicationFailure } from '@temporalio/common';
import type { StepInput, WriteInput } from '../contracts/activities.ts';
import { nextStep } from '../domain/converge.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import type { ObservedImage } from '../domain/observation.ts';
import { policyGrants, renderPolicy } from '../domain/policy.ts';
import { isStandard } from '../domain/shares.ts';
import type { Situation, Target } from '../domain/situation.ts';
import type { Act, Step } from '../domain/step.ts';
import { ownerAccess } from './access.ts';
import type { Stage } from './acting.ts';
import { perform } from './acting.ts';
import type { Attempt } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';
import { finalFailure } from './failures.ts';
import { requireWithinLimits } from './limits.ts';

// More acts than any way from one state to another takes; a loop that does not end is a bug, or somebody who undoes it.
const mostActs = 40;

/** What one step of the transaction may do on its way, and how long it may wait. */
export interface Leg {
  readonly direction: Situation['direction'];
  readonly acts: ReadonlySet<Act['kind']>;
  readonly timeoutMs: number;
}

/** Where a leg has ended: at the target, or before an act that another leg does. */
export interface Arrival {
  readonly observed: ObservedImage;
  readonly step: Exclude<Step, { kind: 'wait' | 'stop' }>;
}

/** What the stage of an attempt works with. */
export function stageOf(dependencies: Dependencies, attempt: Attempt, input: StepInput): Stage {
  const access = ownerAccess(input.image, input.options, dependencies.limits?.rules ?? null);
  return { dependencies, attempt, access, input };
}

/** What the rollout wants of an image. */
export async function wantedOf({ dependencies, input, access }: Stage): Promise<Target> {
  const template = await dependencies.policyTemplate(input.policy);
  if (template === null) return { grants: [], document: null };
  const document = renderPolicy(template, input.image);
  return { grants: policyGrants(document, access.account), document };
}

/** Reads everything about the access to the image of a stage. */
export async function observe({ dependencies, attempt, access, input }: Stage): Promise<ObservedImage> {
  const [observed] = await observeImages(dependencies.clients, access, [input.image], attempt, dependencies.now);
  if (observed !== undefined) return observed;
  throw new AppError('internal', `Nothing was read of ${input.image}`, { item: input.image });
}

/**
 * Observes, asks the domain, acts; until the leg has arrived. Where something takes its time, it throws `not yet` to be
 * called again; past the leg's timeout the same error is final.
 */
export async function converge(stage: Stage, input: WriteInput, leg: Leg): Promise<Arrival> {
  const wanted = await wantedOf(stage);
  const grants = leg.direction === 'forward' ? wanted.grants : input.baseline.grants;
  for (let count = 0; count < mostActs; count += 1) {
    const observed = await observe(stage);
    rememberUnpromoted(stage, observed);
    const step = nextStep(situationOf(stage, input, leg.direction, { observed, wanted }));
    if (step.kind === 'stop') throw new AppError(step.code, `${input.image}: ${step.reason}`, { item: input.image });
    if (step.kind === 'wait') throw notYet(stage, leg, step);
    if (step.kind === 'done' || !leg.acts.has(step.kind)) return { observed, step };
    if (await isAwaitingAnswer(stage, step)) continue;
    requireWithinLimits(stage.dependencies, input, grants);
    await act(stage, leg, step);
  }
  throw new AppError('policy-changed-meanwhile', `${input.image} does not come to rest`, { item: input.image });
}

/** Only a policy makes a share that is not STANDARD yet, so it is ours, also when it is STANDARD at the next look. */
function rememberUnpromoted({ attempt }: Stage, { shares }: ObservedImage): void {
  const { memory } = attempt.record();
  const unpromoted = shares.filter((share) => !isStandard(share)).map(({ shareArn }) => shareArn);
  const isNew = unpromoted.some((arn) => !memory.ownShareArns.includes(arn));
  if (!isNew) return;
  attempt.save({ memory: { ...memory, ownShareArns: [...new Set([...memory.ownShareArns, ...unpromoted])] } });
}

/** All that the next step is decided from. */
export function situationOf(
  stage: Stage,
  input: WriteInput,
  direction: Situation['direction'],
  { observed, wanted }: Pick<Situation, 'observed' | 'wanted'>,
): Situation {
  const { attempt, dependencies } = stage;
  const { timing, foreignShares } = input.options;
  const { memory, lastWriteAtMs, hasWritten } = attempt.record();
  const restingMs = lastWriteAtMs === null ? attempt.elapsedMs() : dependencies.now() - lastWriteAtMs;
  return {
    observed,
    baseline: input.baseline,
    wanted,
    direction,
    foreignShares,
    memory,
    acceptanceGraceMs: timing.acceptanceGraceMs,
    hasWritten: input.hasWritten || hasWritten !== 'no',
    isSettling: restingMs < timing.settleMs,
  };
}

/** Does an act. Where it failed in a way that another look at the state may answer, it waits for that look. */
async function act(stage: Stage, leg: Leg, step: Act): Promise<void> {
  const { attempt } = stage;
  try {
    await perform(stage, step);
    attempt.endStreaks('write');
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (step.kind === 'promote' && error.code === 'promotion-refused') {
      await requirePromoting(stage, step.shareArn, error);
      return;
    }
    if (errorCodes[error.code].retry === 'never') throw error;
    if (errorCodes[error.code].retry === 'not-yet') throw inTime(stage, leg, error);
    await attempt.pause(error, 'write');
  }
}

/** RAM may refuse with the same name what it has begun already; only the state tells. */
async function requirePromoting(stage: Stage, shareArn: string, error: AppError): Promise<void> {
  const { shares } = await observe(stage);
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
  leg: Leg,
  { code, reason }: Extract<Step, { kind: 'wait' }>,
): AppError | ApplicationFailure {
  const { image } = stage.input;
  return inTime(stage, leg, new AppError(code, `${image}: ${reason}`, { item: image }));
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

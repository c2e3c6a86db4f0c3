import { consumerView } from '../aws/consumer.ts';
import type { Activities, Proof } from '../contracts/activities.ts';
import { alignmentKinds } from '../domain/align.ts';
import { nextStep } from '../domain/converge.ts';
import { AppError } from '../domain/errors.ts';
import type { ObservedImage } from '../domain/observation.ts';
import { liveGrants } from '../domain/shares.ts';
import type { Target } from '../domain/situation.ts';
import type { Step } from '../domain/step.ts';
import { timingOf } from '../domain/timing.ts';
import type { ConsumerView } from '../domain/visibility.ts';
import { hasExcess, judgeVisibility } from '../domain/visibility.ts';
import { consumerAccess } from './access.ts';
import type { Stage } from './acting.ts';
import { runStep } from './attempt.ts';
import { inTime, pauseOf, situationOf, stageOf, wantedOf } from './converging.ts';
import type { Dependencies } from './dependencies.ts';
import { grantsSha256 } from './grants-hash.ts';
import { isSettling, observe } from './observing.ts';
import { throttlingOf } from './record.ts';

/** The step that proves what the others did. */
export function visibilityActivities(dependencies: Dependencies): Pick<Activities, 'verifyVisibility'> {
  return {
    /**
     * Proves that exactly the wanted principals can see the image: by what RAM and Image Builder show to the owner, and,
     * where the manifest names a role of the consumer, by what they show to the consumer.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: `not-in-sync` (not yet; final after `verificationTimeoutMs` where somebody has more than is wanted),
     *   `limits-exceeded` (never), AWS's own (as their class says). A principal that does not see the image is a
     *   verdict, not an error.
     * - Class: poll.
     */
    verifyVisibility: (input) =>
      runStep(dependencies, input.ownShareArns, async (attempt) => {
        const stage = stageOf(dependencies, attempt, input);
        const wanted = await wantedOf(stage, input.baseline.grants);
        const isOver = attempt.polledMs() >= timingOf(input.options).verificationTimeoutMs;
        // What is in transition at the end of the time is judged as it is.
        const observed = await observe(stage, isOver ? 'decided' : 'waited-for');
        const step = nextStep(situationOf(stage, input, 'forward', { observed, wanted, baseline: input.baseline }));
        const views = step.kind === 'done' ? await consumerViews(stage, wanted) : {};
        const isAligned = !isForAlignment(stage, step);
        if (isAligned || !input.mayAlign) requireSettled(stage, step, views, { observed, wanted, isOver });
        return { ...proofOf(observed, wanted, step, views), isAligned, ...throttlingOf(attempt.record()) };
      }),
  };
}

/** Whether the proof has to wait for more writes, or for the word that there will be none. */
function isForAlignment(stage: Stage, step: Step): boolean {
  if (step.kind === 'stop') return step.code !== 'not-visible';
  // A promotion that no look shows yet is not asked for again.
  if (step.kind === 'promote' || step.kind === 'promote-permission') return !isSettling(stage);
  return alignmentKinds.has(step.kind);
}

/** Throws `not yet` while time may still change the verdicts. */
function requireSettled(
  stage: Stage,
  step: Step,
  views: Readonly<Record<string, ConsumerView>>,
  { observed, wanted, isOver }: { readonly observed: ObservedImage; readonly wanted: Target; readonly isOver: boolean },
): void {
  const isHidden = Object.values(views).includes('NOT_VISIBLE');
  if (step.kind === 'done' && !isHidden) return;
  if (step.kind === 'stop' && step.code === 'not-visible') return;
  const timing = timingOf(stage.input.options);
  if (isOver && !hasExcess(observed, wanted, stage.input.options.foreignShares)) return;
  if (step.kind === 'stop')
    throw new AppError(step.code, `${observed.image}: ${step.reason}`, { item: observed.image });
  const reason = isHidden ? 'a consumer does not list the image yet' : reasonOf(step);
  const pause = step.kind === 'wait' ? pauseOf(step) : {};
  const error = new AppError('not-in-sync', `${observed.image}: ${reason}`, { item: observed.image, ...pause });
  // Time that ran out during the look does not count: what that look left open may be the verdict of the next one.
  throw isOver ? inTime(stage, { timeoutMs: timing.verificationTimeoutMs }, error) : error;
}

function reasonOf(step: Step): string {
  return step.kind === 'wait' ? step.reason : `AWS shows another state than the wanted one (next: ${step.kind})`;
}

/** What the wanted accounts say themselves, those for which the manifest names a role. */
export async function consumerViews(
  { dependencies, attempt, input: { image, options } }: Stage,
  { grants }: Target,
): Promise<Record<string, ConsumerView>> {
  const views: Record<string, ConsumerView> = {};
  for (const principal of new Set(grants.map((grant) => grant.principal))) {
    const access = consumerAccess(image, principal, options, dependencies.limits?.rules ?? null);
    if (access !== null) views[principal] = await consumerView(dependencies.clients, access, image, attempt);
  }
  return views;
}

function proofOf(
  observed: ObservedImage,
  wanted: Target,
  step: Step,
  views: Readonly<Record<string, ConsumerView>>,
): Omit<Proof, 'isAligned'> {
  return {
    grantsSha256: grantsSha256(liveGrants(observed)),
    shareArns: observed.shares.map(({ shareArn }) => shareArn),
    visibility: judgeVisibility(observed, wanted, views),
    residue: step.kind === 'done' ? step.residue : [],
  };
}

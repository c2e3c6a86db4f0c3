import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Throttling } from '../contracts/activities.ts';
import type { BatchOutcome } from '../contracts/batch.ts';
import type { Earlier, PolicyReference } from '../contracts/image.ts';
import type { BatchLimit } from '../contracts/messages.ts';
import type { RecordedMessage } from '../contracts/requests.ts';
import type {
  Awaited,
  FailureSummary,
  PresentPace,
  RolloutError,
  RolloutInput,
  RolloutOutcome,
  RolloutStatus,
  StartedUndo,
  WaveStatus,
} from '../contracts/rollout.ts';
import { scheduleNameFrom } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { mostFailures } from '../domain/batches.ts';
import type { Control } from '../domain/control.ts';
import { noControl } from '../domain/control.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { compactImageSet, imageCount, imagesOf } from '../domain/image-set.ts';
import type { ImageCounts, RolloutState } from '../domain/image-state.ts';
import { failureCount, moveCounts, pendingCounts, sumCounts } from '../domain/image-state.ts';
import { answerTo } from '../domain/printed-command.ts';
import type { BindingPace, EffectivePace, StrategyChange } from '../domain/strategy.ts';
import { laterChange, withStart } from '../domain/strategy.ts';
import type { ThrottledCalls } from '../domain/throttled.ts';
import { mostThrottledOfRollout, throttledField, worstThrottled } from '../domain/throttled.ts';
import { isToleranceExceeded } from '../domain/tolerance.ts';
import type { PlannedWave } from '../domain/waves.ts';
import { ownToleranceOf } from '../domain/waves.ts';

/** A batch as the root sees it. */
export interface BatchRecord {
  /** Another one where the first is taken. */
  workflowId: string;
  /** Before that nothing can be told to it. */
  hasStarted: boolean;
  failureCount: number;
  compensationFailedCount: number;
  readonly images: readonly ImageArn[];
  /** See `BatchTally`. */
  readonly slot: number;
  lastRunning: number | null;
  /** Null until it has ended. */
  outcome: BatchOutcome | null;
  /** The limit that it knows. */
  told: BatchLimit | null;
}

/** A wave as the root sees it. */
export interface WaveRecord {
  readonly plan: PlannedWave;
  state: WaveStatus['state'];
  /** As the rollout's own: images of open batches count as pending. */
  counts: ImageCounts;
  readonly batches: BatchRecord[];
  /** Images that were no longer in sync after the soak. */
  soakFailureCount: number;
}

/** A rollout at work. */
export interface Rollout {
  readonly input: RolloutInput;
  readonly policy: PolicyReference;
  readonly earlier?: Earlier;
  /** What an abort, or a cancel, cancels: the work, not the report. */
  readonly work: CancellationScope;
  phase: 'PLANNING' | 'RUNNING' | 'ENDED';
  /** Images of open batches count as pending here; each open batch answers for its own. */
  counts: ImageCounts;
  failures: readonly FailureSummary[];
  throttledCount: number;
  throttled: readonly ThrottledCalls[];
  limitsSha256: string | null;
  control: Control;
  messages: readonly RecordedMessage[];
  /** As the strategy has it; null until the images are known. */
  effective: EffectivePace | null;
  waves: readonly WaveRecord[];
  awaits: Awaited | null;
  /** It pauses itself once; whoever resumes it knows why. */
  hasPausedItself: boolean;
  /** The rollout that undoes it; null where none does. */
  undo: StartedUndo | null;
  /** Why it ended by itself: REFUSED before its first write, FAILED where a step of its own has failed. */
  refusal: { readonly state: 'REFUSED' | 'FAILED'; readonly error: RolloutError } | null;
}

/** A rollout of which nothing is known but its input. */
export function newRollout(input: RolloutInput): Rollout {
  const { workflowId, runId } = workflowInfo();
  const earlier = earlierOf(input);
  return {
    input,
    policy: instead(input) ?? { sha256: input.spec.policySha256, workflowId, runId },
    ...(earlier === null ? {} : { earlier }),
    work: new CancellationScope(),
    phase: 'PLANNING',
    counts: startCounts(input, imageCount(input.spec.images)),
    failures: [],
    throttledCount: 0,
    throttled: [],
    limitsSha256: null,
    control: noControl,
    messages: [],
    effective: null,
    waves: [],
    awaits: null,
    hasPausedItself: false,
    undo: null,
    refusal: null,
  };
}

/** Counts of a rollout of which nothing has started; a redrive keeps what its earlier runs have come to. */
export function startCounts({ redrive }: RolloutInput, total: number): ImageCounts {
  return sumCounts([pendingCounts(total), ...(redrive === undefined ? [] : [redrive.keptCounts])]);
}

/** What is rolled out instead of the policy of the spec; null where that is. */
function instead({ revocation }: RolloutInput): PolicyReference | null {
  return revocation === undefined ? null : { withoutPrincipal: revocation.principal };
}

function earlierOf({ spec, redrive, undo }: RolloutInput): Earlier | null {
  if (undo !== undefined) return { kind: 'undo', ...undo };
  return redrive === undefined ? null : { kind: 'redrive', rolloutName: spec.rolloutName, since: redrive.since };
}

/** Notes failures for the status; the first ones stay, and all others are in the report. */
export function addFailures(rollout: Rollout, failures: readonly FailureSummary[]): void {
  rollout.failures = [...rollout.failures, ...failures].slice(0, mostFailures);
}

/** Counts calls that AWS throttled: those of looks, and those of images that have ended. */
export function countThrottled(rollout: Rollout, { throttledCount = 0, throttled = [] }: Throttling): void {
  rollout.throttledCount += throttledCount;
  rollout.throttled = worstThrottled([...rollout.throttled, ...throttled], mostThrottledOfRollout);
}

/** Ends a rollout for a reason of its own; REFUSED before its first write. */
export function refuse(rollout: Rollout, state: 'REFUSED' | 'FAILED', error: RolloutError): void {
  rollout.refusal = { state, error };
}

/** The numbers of the strategy, as far as they are known, with what people have changed since. */
export function holdingOf({ control, effective, input }: Rollout): StrategyChange {
  const { rateLimits = {} } = input.spec.options;
  if (effective === null) return laterChange({ rateLimits }, control.strategy);
  const { maxConcurrentCount, failureToleranceCount } = effective;
  return laterChange({ maxConcurrentCount, failureToleranceCount, rateLimits }, control.strategy);
}

/** The numbers that bind the batches. */
export function paceOf(rollout: Rollout): BindingPace {
  const { maxConcurrentCount = 1, failureToleranceCount = 0 } = holdingOf(rollout);
  const { concurrencyMode } = rollout.input.spec.strategy;
  return { maxConcurrentCount, failureToleranceCount, concurrencyMode };
}

function presentPace(rollout: Rollout): PresentPace | null {
  if (rollout.effective === null) return null;
  const { rateLimits = {} } = holdingOf(rollout);
  return { ...withStart(rollout.effective.toChange, paceOf(rollout)), rateLimits };
}

/** Images that have failed so far, in all waves and their soaks. */
export function failuresSoFar({ waves }: Rollout): number {
  return waves.reduce((sum, wave) => sum + failuresOfWave(wave), 0);
}

/** Images of a wave that have failed so far. */
export function failuresOfWave({ batches, soakFailureCount }: WaveRecord): number {
  return batches.reduce((sum, batch) => sum + batch.failureCount, soakFailureCount);
}

/** Most failures of a wave. */
export function toleranceOfWave({ plan: { spec } }: WaveRecord): number {
  return ownToleranceOf(spec).failureToleranceCount ?? Number.MAX_SAFE_INTEGER;
}

/** Whether nothing new may start, for good. */
export function isStopped(rollout: Rollout): boolean {
  const { waves, control, work } = rollout;
  return (
    work.consideredCancelled ||
    control.gate?.isRejected === true ||
    isToleranceExceeded(paceOf(rollout).failureToleranceCount, failuresSoFar(rollout)) ||
    waves.some((wave) => isToleranceExceeded(toleranceOfWave(wave), failuresOfWave(wave)))
  );
}

/** Where a rollout stands. */
export function statusOf(rollout: Rollout): RolloutStatus {
  const { input, counts, failures, throttledCount, throttled, waves, messages } = rollout;
  const error = errorOf(rollout);
  const batches = waves.flatMap((wave) => wave.batches);
  return {
    rolloutName: input.spec.rolloutName,
    state: rollout.phase === 'ENDED' ? endStateOf(rollout) : openStateOf(rollout),
    counts,
    failures,
    throttledCount,
    ...throttledField(throttled),
    openBatches: batches.filter(({ outcome }) => outcome === null).map(({ workflowId }) => workflowId),
    awaits: rollout.awaits ?? awaitedResume(rollout),
    waves: waves.map(({ plan, state, counts: ofWave }) => ({
      name: plan.spec.name,
      state,
      imageCount: plan.images.length,
      counts: ofWave,
      ...ownToleranceOf(plan.spec),
    })),
    effective: presentPace(rollout),
    messages,
    ...(error === null ? {} : { error }),
  };
}

/** Why a rollout has ended early; null for one that runs, or that did all it had to do. */
function errorOf(rollout: Rollout): RolloutError | null {
  const { refusal, phase, work, control, messages } = rollout;
  if (refusal !== null) return refusal.error;
  if (phase !== 'ENDED' || !isStopped(rollout)) return null;
  const said = (kind: 'abort' | 'reject'): string | null => {
    const message = messages.findLast(({ request }) => request.kind === kind);
    return message === undefined ? null : `${message.who}: ${message.reason}`;
  };
  if (work.consideredCancelled) return { code: 'cancelled', detail: said('abort') ?? 'The workflow was cancelled' };
  if (control.gate?.isRejected === true) {
    return { code: 'rollout-rejected', detail: said('reject') ?? 'Nobody approved the wave in time' };
  }
  return { code: 'tolerance-exceeded', detail: `${failuresSoFar(rollout)} images failed, more than may fail` };
}

/** A pause holds batches too, so it is told as soon as it is there. */
function awaitedResume({ control, phase, input }: Rollout): Awaited | null {
  if (!control.isPaused || phase !== 'RUNNING') return null;
  const why = control.pauseReason ?? 'somebody paused it';
  return {
    kind: 'resume',
    text: `Paused, because ${why}. Go on with: ${answerTo('resume', input.spec.rolloutName)}`,
  };
}

/** The result; images that nobody started are SKIPPED. */
export function outcomeOf(rollout: Rollout): RolloutOutcome {
  rollout.phase = 'ENDED';
  rollout.awaits = null;
  rollout.counts = skipPending(rollout.counts);
  for (const wave of rollout.waves) wave.counts = skipPending(wave.counts);
  const { state, counts, failures, throttledCount, waves, effective, messages, error } = statusOf(rollout);
  const { undo, limitsSha256, throttled } = rollout;
  const outcome = {
    ...{ state, counts, failures, throttledCount, waves, messages, limitsSha256 },
    ...throttledField(throttled),
    ...(effective === null ? {} : { effective }),
    ...(undo === null ? {} : { undo }),
    ...(scheduleNameFrom(rollout.input.origin.startedBy) === null ? {} : { changed: changedIn(rollout) }),
  };
  return error === undefined ? outcome : { ...outcome, error };
}

/** The images that were changed, and are proven to be as they are wanted. */
function changedIn({ waves }: Rollout): CompactImageSet {
  const changed = waves.flatMap(({ batches }) =>
    batches.flatMap(({ images, outcome }) => {
      if (outcome === null) return [];
      const left = new Set([...imagesOf(outcome.unsettled), ...imagesOf(outcome.unchanged)]);
      return images.filter((image) => !left.has(image));
    }),
  );
  return compactImageSet(changed);
}

function skipPending(counts: ImageCounts): ImageCounts {
  return moveCounts(counts, 'PENDING', 'SKIPPED', counts.pending);
}

function openStateOf(rollout: Rollout): RolloutState {
  const { phase, control } = rollout;
  if (phase === 'PLANNING') return 'PLANNING';
  if (isStopped(rollout)) return 'STOPPING';
  if (control.isPaused) return 'PAUSED';
  switch (control.gate?.kind) {
    case 'soak':
      return 'SOAKING';
    case 'approval':
      return 'WAITING_FOR_APPROVAL';
    case undefined:
      return 'RUNNING';
  }
}

function endStateOf(rollout: Rollout): RolloutState {
  const { refusal, work, counts } = rollout;
  if (refusal !== null) return refusal.state;
  if (work.consideredCancelled) return 'ABORTED';
  if (isStopped(rollout)) return 'STOPPED';
  const { succeeded, unchanged, inconclusive, total } = counts;
  return failureCount(counts) === 0 && succeeded + unchanged + inconclusive === total
    ? 'SUCCEEDED'
    : 'COMPLETED_WITH_FAILURES';
}

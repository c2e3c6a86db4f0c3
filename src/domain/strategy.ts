import type { RateLimits } from './rate-limits.ts';
import type { OwnTolerance } from './waves.ts';

/** A number of images, or a share of the images to change. */
export type Amount = { readonly count: number } | { readonly percentage: number };

/** Whether failures of images in flight count before the next image starts. */
export type ConcurrencyMode = 'SOFT_FAILURE_TOLERANCE' | 'STRICT_FAILURE_TOLERANCE';

/** How many images are worked on at once, and how many may fail, as a manifest says it. */
export interface Pace {
  readonly maxConcurrent: Amount;
  readonly failureTolerance: Amount;
  readonly concurrencyMode: ConcurrencyMode;
}

/** The same in numbers, for so many images to change. */
export interface EffectivePace {
  readonly toChange: number;
  readonly maxConcurrentCount: number;
  readonly failureToleranceCount: number;
  readonly concurrencyMode: ConcurrencyMode;
  /** How many images start at first. */
  readonly startsWith: number;
}

/** The numbers that bind a rollout while it runs. */
export type BindingPace = Omit<EffectivePace, 'toChange' | 'startsWith'>;

/** What people may change of a rollout that runs. */
export interface StrategyChange {
  readonly maxConcurrentCount?: number;
  readonly failureToleranceCount?: number;
  /** Caps of the calls to AWS by operation; those of all other operations stay as they are. */
  readonly rateLimits?: RateLimits;
}

/** The lowest and the highest number of images that are worked on at once. */
export const maxConcurrentRange = { least: 1, most: 1_000 } as const;

/** The lowest and the highest number of images that may fail. */
export const failureToleranceRange = { least: 0, most: 10_000 } as const;

/** Turns percentages into numbers: rounded down, but at least one image at a time. */
export function effectivePace(
  toChange: number,
  { maxConcurrent, failureTolerance, concurrencyMode }: Pace,
): EffectivePace {
  const maxConcurrentCount = Math.max(1, amountOf(toChange, maxConcurrent));
  const failureToleranceCount = amountOf(toChange, failureTolerance);
  return withStart(toChange, { maxConcurrentCount, failureToleranceCount, concurrencyMode });
}

/** The numbers, with how many of so many images start at first. */
export function withStart(toChange: number, pace: BindingPace): EffectivePace {
  return { toChange, ...pace, startsWith: Math.min(toChange, mostInFlight(pace, 0)) };
}

/** A change after another one: the later number holds, for each operation too. */
export function laterChange(earlier: StrategyChange, later: StrategyChange): StrategyChange {
  const rateLimits = { ...earlier.rateLimits, ...later.rateLimits };
  return { ...earlier, ...later, ...(Object.keys(rateLimits).length === 0 ? {} : { rateLimits }) };
}

/** Whether a change asks for another number than one that holds; a number that is not known yet is another one. */
export function isOther(change: StrategyChange, holding: StrategyChange): boolean {
  const { rateLimits: caps = {}, ...counts } = change;
  const { rateLimits: holdingCaps = {}, ...holdingCounts } = holding;
  return hasOther(counts, holdingCounts) || hasOther(caps, holdingCaps);
}

function hasOther(asked: Readonly<Record<string, number>>, holding: Readonly<Record<string, number>>): boolean {
  return Object.entries(asked).some(([name, number]) => holding[name] !== number);
}

/** How many images a share of so many is, rounded down; a count stays. */
function amountOf(total: number, amount: Amount): number {
  return 'count' in amount ? amount.count : Math.floor((total * amount.percentage) / 100);
}

/** An amount as a manifest says it, in words. */
export function amountText(amount: Amount): string {
  return 'count' in amount ? String(amount.count) : `${amount.percentage} % of the images to change`;
}

/**
 * Most images in flight after so many failures. STRICT: the images in flight, were they all to fail, exceed the tolerance
 * by one at most.
 */
export function mostInFlight(
  { maxConcurrentCount, failureToleranceCount, concurrencyMode }: BindingPace,
  failureCount: number,
): number {
  if (concurrencyMode === 'SOFT_FAILURE_TOLERANCE') return maxConcurrentCount;
  return Math.max(0, Math.min(maxConcurrentCount, failureToleranceCount - failureCount + 1));
}

/** A wave as the numbers see it. */
export interface WaveSize extends OwnTolerance {
  readonly name: string;
  readonly imageCount: number;
}

/** What is odd about the numbers, in sentences: a rollout that runs one by one, a canary that proves nothing. */
export function paceWarnings(pace: EffectivePace, waves: readonly WaveSize[]): readonly string[] {
  const { toChange, maxConcurrentCount, startsWith, failureToleranceCount, concurrencyMode } = pace;
  const warnings: string[] = [];
  if (startsWith === 1 && toChange > 1) {
    warnings.push(
      maxConcurrentCount > 1
        ? `${concurrencyMode} with a tolerance of ${failureToleranceCount} runs one image at a time; SOFT_FAILURE_TOLERANCE keeps ${maxConcurrentCount} in flight.`
        : 'One image runs at a time: maxConcurrent comes to 1.',
    );
  }
  const [first, ...rest] = waves;
  if (first !== undefined && rest.length > 0 && first.imageCount * 2 > toChange) {
    warnings.push(`The first wave "${first.name}" has ${first.imageCount} of ${toChange} images: that is no canary.`);
  }
  if (first !== undefined && rest.length > 0 && !isWatched(first, pace)) {
    warnings.push(
      `The first wave "${first.name}" has neither a soak, an approval nor a tolerance of its own: were all of it to fail, the rollout would go on, since ${failureToleranceCount} may fail.`,
    );
  }
  return warnings;
}

/** Whether a wave stops the rollout, or asks somebody, where all of its images fail. */
function isWatched({ imageCount, failureToleranceCount: own }: WaveSize, pace: EffectivePace): boolean {
  return own !== undefined || imageCount > pace.failureToleranceCount;
}

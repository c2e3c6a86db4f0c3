import type { ImageArn } from './arn.ts';
import type { DriftKind } from './drift.ts';
import { goneCodes } from './drift.ts';
import type { ErrorCode } from './errors.ts';
import type { CompactImageSet } from './image-set.ts';
import { imagesOf } from './image-set.ts';

/** What a schedule may write: nothing, only images that are new, or also what somebody has added by hand. */
export const scheduleModes = ['detect', 'share-new', 'repair'] as const;

/** What a schedule may write; see {@link scheduleModes}. */
export type ScheduleMode = (typeof scheduleModes)[number];

/** What a run of a schedule goes by. */
export interface ScheduleRules {
  readonly mode: ScheduleMode;
  /** Whether access that somebody has taken away is given back. */
  readonly isRegranting: boolean;
  /** Most images that a run may change; absent means 10 images or 10 %, whichever is less, but at least 1. */
  readonly maxChanges?: number;
}

/** What a look has found of an image. */
export interface LookedAtImage {
  readonly image: ImageArn;
  readonly action: 'CHANGE' | 'UNCHANGED' | 'BLOCKED';
  /** Why it is BLOCKED. */
  readonly code?: ErrorCode;
  /** Whether its access could be read. */
  readonly isSeen: boolean;
  /** How it differs from what was last applied to it; null where nothing ever was, so that it is NEW. */
  readonly driftKinds: readonly DriftKind[] | null;
  /** Whether it was written to, and nobody has proven what it was left with: then nothing is known of its drift. */
  readonly isUnproven: boolean;
  /** Whether an undo has put it back to what it was before. */
  readonly isUndone: boolean;
  /** Whether what was last applied to it is not what the manifest wants. */
  readonly isManifestChanged: boolean;
  /** Whether anybody has less than what was last applied to it. */
  readonly hasLost: boolean;
}

/** Images that a run has repaired, or rather started to. */
export interface Repair {
  /** ISO text. */
  readonly at: string;
  readonly images: CompactImageSet;
}

/** Why an image is left as it is. */
export type WhyLeft =
  | 'in-sync'
  /** AWS did not let us see it. */
  | 'unseen'
  /** A guardrail, or a limit of the worker, stands against it. */
  | 'refused'
  | 'blocked'
  | 'mode'
  | 'removed-outside'
  | 'unproven'
  | 'undone'
  | 'manifest-changed';

/** What becomes of one image in a run. */
export type ScheduledImageStep =
  | { readonly kind: 'share' }
  | { readonly kind: 'repair' }
  | { readonly kind: 'leave'; readonly why: WhyLeft }
  | { readonly kind: 'hold' };

/** What a run does. */
export type ScheduledRunStep =
  | { readonly kind: 'nothing' }
  /** So many images could not be seen, and there is nothing to do for the others: nobody knows whether all is well. */
  | { readonly kind: 'blind'; readonly unseenCount: number }
  /** A guardrail or a limit stands against every image that was seen. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'rollout'; readonly images: readonly ImageArn[] }
  | {
      readonly kind: 'pause';
      readonly wantedCount: number;
      readonly maxCount: number;
      /** What says that no more may be changed. */
      readonly limit: 'max-changes' | 'max-changed-percentage';
    };

const flappingWindowMs = 7 * 24 * 60 * 60 * 1000;
const mostRepairs = 3;
const usualMaxCount = 10;
const usualMaxPercentage = 10;

// Fewer live grants than were applied: a decision of whoever took them.
const removals: ReadonlySet<DriftKind> = new Set(['access-removed-outside', 'share-gone', 'principal-lost']);

// Of the manifest or of the worker, and so mostly of all images.
const refusals: ReadonlySet<ErrorCode> = new Set(['guardrail-violated', 'limits-exceeded']);

/** Decides what a run does with an image. A removal stands before everything else: no run gives back what was taken. */
export function scheduledImageStep(
  looked: LookedAtImage,
  { mode, isRegranting }: ScheduleRules,
  isFlapping: boolean,
): ScheduledImageStep {
  const { action, driftKinds, isUnproven, isUndone, isManifestChanged, hasLost } = looked;
  if (action === 'UNCHANGED') return { kind: 'leave', why: 'in-sync' };
  if (action === 'BLOCKED') return { kind: 'leave', why: whyBlocked(looked) };
  // An undo that failed is left for a person, and what somebody has taken since cannot be told from it.
  if (isUnproven) return { kind: 'leave', why: 'unproven' };
  if (driftKinds === null) return mode === 'detect' ? { kind: 'leave', why: 'mode' } : { kind: 'share' };
  // Who has undone it wants it as it was; to roll it out again is a person's decision, too.
  if (isUndone) return { kind: 'leave', why: 'undone' };
  if (!isRegranting && (hasLost || driftKinds.some((kind) => removals.has(kind)))) {
    return { kind: 'leave', why: 'removed-outside' };
  }
  // A repair gives what was applied; to roll another manifest out is a person's decision.
  if (isManifestChanged || driftKinds.length === 0) return { kind: 'leave', why: 'manifest-changed' };
  if (mode !== 'repair') return { kind: 'leave', why: 'mode' };
  return isFlapping ? { kind: 'hold' } : { kind: 'repair' };
}

function whyBlocked({ code, isSeen }: LookedAtImage): WhyLeft {
  if (code !== undefined && refusals.has(code)) return 'refused';
  return isSeen || (code !== undefined && goneCodes.has(code)) ? 'blocked' : 'unseen';
}

/** The repairs that still count against an image. */
export function recentRepairs(repairs: readonly Repair[], nowMs: number): readonly Repair[] {
  return repairs.filter(({ at }) => nowMs - Date.parse(at) < flappingWindowMs);
}

/** Images that were repaired so often that somebody, or something, must be changing them back. */
export function flappingImages(repairs: readonly Repair[], nowMs: number): ReadonlySet<ImageArn> {
  const counts = new Map<ImageArn, number>();
  for (const image of recentRepairs(repairs, nowMs).flatMap(({ images }) => imagesOf(images))) {
    counts.set(image, (counts.get(image) ?? 0) + 1);
  }
  return new Set([...counts].flatMap(([image, count]) => (count >= mostRepairs ? [image] : [])));
}

/** Decides what a run does as a whole: a mass drift is a person's decision. */
export function scheduledRunStep(
  steps: readonly { readonly image: ImageArn; readonly step: ScheduledImageStep }[],
  rules: ScheduleRules,
  maxChangedPercentage: number,
): ScheduledRunStep {
  const images = steps.flatMap(({ image, step }) => (step.kind === 'share' || step.kind === 'repair' ? [image] : []));
  if (images.length === 0) return whereNothingChanges(steps.map(({ step }) => step));
  const guarded = Math.floor((steps.length * maxChangedPercentage) / 100);
  const most = mostChanges(steps.length, rules);
  const maxCount = Math.min(most, guarded);
  if (images.length <= maxCount) return { kind: 'rollout', images };
  const limit = guarded < most ? 'max-changed-percentage' : 'max-changes';
  return { kind: 'pause', wantedCount: images.length, maxCount, limit };
}

function whereNothingChanges(steps: readonly ScheduledImageStep[]): ScheduledRunStep {
  const count = (why: WhyLeft): number => steps.filter((step) => step.kind === 'leave' && step.why === why).length;
  const [unseenCount, refusedCount] = [count('unseen'), count('refused')];
  if (unseenCount > 0) return { kind: 'blind', unseenCount };
  // An image that is gone, or blocked by itself, is no sign that the others may be changed.
  return refusedCount > 0 && refusedCount + count('blocked') === steps.length
    ? { kind: 'refused' }
    : { kind: 'nothing' };
}

/** Most images of so many that a run may change. */
export function mostChanges(imageCount: number, { maxChanges }: Pick<ScheduleRules, 'maxChanges'>): number {
  if (maxChanges !== undefined) return maxChanges;
  return Math.max(1, Math.min(usualMaxCount, Math.floor((imageCount * usualMaxPercentage) / 100)));
}

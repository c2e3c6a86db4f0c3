import type { ImageArn } from './arn.ts';
import type { DriftKind } from './drift.ts';
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
  /** How it differs from what was last applied to it; null where nothing ever was, so that it is NEW. */
  readonly driftKinds: readonly DriftKind[] | null;
  /** Whether it was written to, and nobody has proven what it was left with: then nothing is known of its drift. */
  readonly isUnproven: boolean;
  /** Whether anybody has less than what was last applied to it. */
  readonly hasLost: boolean;
}

/** Images that a run has repaired, or rather started to. */
export interface Repair {
  /** ISO text. */
  readonly at: string;
  readonly images: CompactImageSet;
}

/** What becomes of one image in a run. */
export type ScheduledImageStep =
  | { readonly kind: 'share' }
  | { readonly kind: 'repair' }
  | {
      readonly kind: 'leave';
      readonly why: 'in-sync' | 'blocked' | 'mode' | 'removed-outside' | 'unproven' | 'manifest-changed';
    }
  | { readonly kind: 'hold' };

/** What a run does. */
export type ScheduledRunStep =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'rollout'; readonly images: readonly ImageArn[] }
  | { readonly kind: 'pause'; readonly wantedCount: number; readonly maxCount: number };

const flappingWindowMs = 7 * 24 * 60 * 60 * 1000;
const mostRepairs = 3;
const usualMaxCount = 10;
const usualMaxPercentage = 10;

// Fewer live grants than were applied: a decision of whoever took them.
const removals: ReadonlySet<DriftKind> = new Set(['access-removed-outside', 'share-gone', 'principal-lost']);

/** Decides what a run does with an image. A removal stands before everything else: no run gives back what was taken. */
export function scheduledImageStep(
  { action, driftKinds, isUnproven, hasLost }: LookedAtImage,
  { mode, isRegranting }: ScheduleRules,
  isFlapping: boolean,
): ScheduledImageStep {
  if (action === 'UNCHANGED') return { kind: 'leave', why: 'in-sync' };
  if (action === 'BLOCKED') return { kind: 'leave', why: 'blocked' };
  // An undo that failed is left for a person, and what somebody has taken since cannot be told from it.
  if (isUnproven) return { kind: 'leave', why: 'unproven' };
  if (driftKinds === null) return mode === 'detect' ? { kind: 'leave', why: 'mode' } : { kind: 'share' };
  if (!isRegranting && (hasLost || driftKinds.some((kind) => removals.has(kind)))) {
    return { kind: 'leave', why: 'removed-outside' };
  }
  // Nobody has touched it, so it is the manifest that says something else: to roll that out is a person's decision.
  if (driftKinds.length === 0) return { kind: 'leave', why: 'manifest-changed' };
  if (mode !== 'repair') return { kind: 'leave', why: 'mode' };
  return isFlapping ? { kind: 'hold' } : { kind: 'repair' };
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
  if (images.length === 0) return { kind: 'nothing' };
  const guarded = Math.floor((steps.length * maxChangedPercentage) / 100);
  const maxCount = Math.min(mostChanges(steps.length, rules), guarded);
  if (images.length > maxCount) return { kind: 'pause', wantedCount: images.length, maxCount };
  return { kind: 'rollout', images };
}

/** Most images of so many that a run may change. */
export function mostChanges(imageCount: number, { maxChanges }: Pick<ScheduleRules, 'maxChanges'>): number {
  if (maxChanges !== undefined) return maxChanges;
  return Math.max(1, Math.min(usualMaxCount, Math.floor((imageCount * usualMaxPercentage) / 100)));
}

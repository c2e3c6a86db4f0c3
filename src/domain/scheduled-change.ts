import type { ImageArn } from './arn.ts';
import type { DriftKind } from './drift.ts';

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
  /** Times at which a schedule has repaired it, in milliseconds since 1970. */
  readonly repairedAtMs: readonly number[];
}

/** What becomes of one image in a run. */
export type ScheduledImageStep =
  | { readonly kind: 'share' }
  | { readonly kind: 'repair' }
  | {
      readonly kind: 'leave';
      readonly why: 'in-sync' | 'blocked' | 'mode' | 'removed-outside' | 'manifest-changed';
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
export function scheduledImageStep(found: LookedAtImage, rules: ScheduleRules, nowMs: number): ScheduledImageStep {
  const { action, driftKinds, repairedAtMs } = found;
  if (action === 'UNCHANGED') return { kind: 'leave', why: 'in-sync' };
  if (action === 'BLOCKED') return { kind: 'leave', why: 'blocked' };
  if (driftKinds === null) return rules.mode === 'detect' ? { kind: 'leave', why: 'mode' } : { kind: 'share' };
  if (!rules.isRegranting && driftKinds.some((kind) => removals.has(kind))) {
    return { kind: 'leave', why: 'removed-outside' };
  }
  if (rules.mode !== 'repair') return { kind: 'leave', why: 'mode' };
  // Nobody has touched it, so it is the manifest that says something else: to roll that out is a person's decision.
  if (driftKinds.length === 0) return { kind: 'leave', why: 'manifest-changed' };
  const recent = repairedAtMs.filter((atMs) => nowMs - atMs < flappingWindowMs);
  return recent.length >= mostRepairs ? { kind: 'hold' } : { kind: 'repair' };
}

/** Decides what a run does as a whole: a mass drift is a person's decision. */
export function scheduledRunStep(
  steps: readonly { readonly image: ImageArn; readonly step: ScheduledImageStep }[],
  rules: ScheduleRules,
): ScheduledRunStep {
  const images = steps.flatMap(({ image, step }) => (step.kind === 'share' || step.kind === 'repair' ? [image] : []));
  if (images.length === 0) return { kind: 'nothing' };
  const maxCount = mostChanges(steps.length, rules);
  if (images.length > maxCount) return { kind: 'pause', wantedCount: images.length, maxCount };
  return { kind: 'rollout', images };
}

/** Most images of so many that a run may change. */
export function mostChanges(imageCount: number, { maxChanges }: Pick<ScheduleRules, 'maxChanges'>): number {
  if (maxChanges !== undefined) return maxChanges;
  return Math.max(1, Math.min(usualMaxCount, Math.floor((imageCount * usualMaxPercentage) / 100)));
}

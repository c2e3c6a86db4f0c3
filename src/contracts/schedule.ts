import type { ErrorCode } from '../domain/errors.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import type { ImageCounts, RolloutState } from '../domain/image-state.ts';
import type { ScheduleRules } from '../domain/scheduled-change.ts';
import type { PolicyReference } from './image.ts';
import type { RolloutOrigin, RolloutSpec } from './rollout.ts';

/** Input of `scheduledRollout`, which the schedule keeps: the manifest as it was when the schedule was made. */
export interface ScheduleInput {
  readonly scheduleName: string;
  readonly spec: RolloutSpec;
  readonly origin: RolloutOrigin;
  readonly rules: ScheduleRules;
}

/** When a schedule runs: just one of cron and interval. */
export interface ScheduleTimes {
  /** Of 5 fields, or a shorthand such as `@daily`. */
  readonly cron?: string;
  readonly intervalMs?: number;
  /** IANA name; UTC when absent. */
  readonly timezone?: string;
  readonly jitterMs?: number;
}

/** How many images a run has found how, and what it did with them. */
export interface ScheduledCounts {
  readonly total: number;
  readonly shared: number;
  readonly repaired: number;
  readonly inSync: number;
  /** Left alone, because somebody has taken access away. */
  readonly removedOutside: number;
  /** Left alone for another reason: they are blocked, flapping, or not what the mode is for. */
  readonly left: number;
}

/** Result of `scheduledRollout`. */
export interface ScheduledOutcome {
  readonly kind: 'nothing-to-do' | 'rolled-out' | 'paused' | 'rollout-running' | 'failed';
  /** A sentence: what was found and done. */
  readonly detail: string;
  readonly counts: ScheduledCounts;
  /** Images that the rollout was started for. */
  readonly images: CompactImageSet;
  /** How the rollout ended, where there was one. */
  readonly rollout?: { readonly runId: string; readonly state: RolloutState; readonly counts: ImageCounts };
  readonly error?: { readonly code: ErrorCode; readonly detail: string };
}

/** What rollouts of a name have applied so far. */
export interface AppliedImages {
  /** Of the newest one. */
  readonly policy: PolicyReference;
  readonly images: CompactImageSet;
}

/** The activities of scheduled runs, besides those that look at images. */
export interface ScheduleActivities {
  readonly readApplied: (input: { readonly rolloutName: string }) => Promise<AppliedImages | null>;
  readonly pauseSchedule: (input: { readonly scheduleName: string; readonly note: string }) => Promise<void>;
}

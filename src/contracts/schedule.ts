import type { ErrorCode } from '../domain/errors.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import type { ImageCounts, RolloutState } from '../domain/image-state.ts';
import type { ScheduleStanding } from '../domain/schedule-standing.ts';
import type { Repair, ScheduledImageStep, ScheduleRules } from '../domain/scheduled-change.ts';
import type { RolloutSpec } from './rollout.ts';

/** When a schedule runs: just one of cron, interval and calendar. */
export interface ScheduleTimes {
  /** Of 5 fields, or a shorthand such as `@daily`. */
  readonly cron?: string;
  readonly intervalMs?: number;
  /** Fields of Temporal's calendar specification, such as `{ hour: 6, dayOfWeek: "MONDAY" }`. */
  readonly calendar?: Readonly<Record<string, unknown>>;
  /** IANA name; UTC when absent. */
  readonly timezone?: string;
  readonly jitterMs?: number;
}

/** Input of `scheduledRollout`, which the schedule keeps: the manifest with its files, as they were `since`. */
export interface ScheduleInput {
  readonly scheduleName: string;
  readonly spec: RolloutSpec;
  readonly rules: ScheduleRules;
  readonly times: ScheduleTimes;
  /** Who made the schedule, and why. */
  readonly createdBy: string;
  readonly reason?: string;
  /** When it was given the manifest, as ISO text. */
  readonly since: string;
}

/** How many images a run has found how; what came of those that it rolled out to is in the counts of its rollout. */
export interface ScheduledCounts {
  readonly total: number;
  /** New, and to be shared. */
  readonly toShare: number;
  readonly toRepair: number;
  readonly inSync: number;
  /** Left alone, because somebody has taken access away. */
  readonly removedOutside: number;
  /** Held from now on, because they were repaired again and again. */
  readonly held: number;
  /** AWS did not let us see them. */
  readonly unseen: number;
  /** Left alone for another reason: they are blocked, or not what the mode is for. */
  readonly left: number;
}

/** How a run of a schedule ended. */
export type ScheduledOutcomeKind =
  | 'nothing-to-do'
  | 'rolled-out'
  /**
   * More was to be changed than may be, or nothing may be; or the rollout was aborted or rejected, or an undo failed: the
   * schedule is paused.
   */
  | 'paused'
  | 'rollout-running'
  | 'superseded'
  /** A run that began after the time of this one has done its work: it was late, after an outage. */
  | 'covered'
  /** AWS could not be asked, or would not answer for some images, or the rollout was refused or failed as a whole. */
  | 'failed';

/** An image that a run does something with, or leaves as it should not be. */
export interface NotableImage {
  readonly imageArn: string;
  readonly step: ScheduledImageStep['kind'];
  /** Why it is left, and how it has drifted. */
  readonly why: readonly string[];
}

/** Result of `scheduledRollout`. */
export interface ScheduledOutcome {
  readonly kind: ScheduledOutcomeKind;
  /** What was found and done, and where the schedule is paused what to do now. */
  readonly detail: string;
  /** ISO text. */
  readonly startedAt: string;
  readonly counts: ScheduledCounts;
  /** The first 20. */
  readonly notable: readonly NotableImage[];
  /** Images that the rollout was started for. */
  readonly images: CompactImageSet;
  /** How the rollout ended, where there was one. */
  readonly rollout?: { readonly runId: string; readonly state: RolloutState; readonly counts: ImageCounts };
  readonly error?: { readonly code: ErrorCode; readonly detail: string };
  /** For the next run: what was repaired in the last 7 days. */
  readonly repairs: readonly Repair[];
}

/** Of a rollout that a schedule has started: names the workflow of the run. */
export const scheduledRunAnnotation = 'scheduledRun';

/** The activities of scheduled runs, besides those that look at images. */
export interface ScheduleActivities {
  readonly beginScheduledRun: (input: {
    readonly rolloutName: string;
    readonly manifestSha256: string;
    readonly since: string;
  }) => Promise<ScheduleStanding>;
  /** In mid-run, where its rollout waits for a person. */
  readonly pauseSchedule: (input: { readonly scheduleName: string; readonly note: string }) => Promise<void>;
  readonly endScheduledRun: (input: {
    readonly scheduleName: string;
    /** What the schedule's own page says from now on. */
    readonly note: string;
    readonly isPausing: boolean;
    /** What `pauseSchedule` has had it say in this run. */
    readonly replaces?: string;
    /** Images that get a hold. */
    readonly flapping: CompactImageSet;
  }) => Promise<void>;
}

/** One run of a schedule. */
export interface ScheduledRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly scheduledAt: string;
  /** Temporal's own word, such as RUNNING or COMPLETED. */
  readonly status: string;
  /** Null as long as it runs, and where it was ended by somebody. */
  readonly outcome: Omit<ScheduledOutcome, 'repairs'> | null;
}

/** A schedule in a list. */
export interface ListedSchedule {
  readonly name: string;
  readonly isPaused: boolean;
  /** The mode, the manifest and the last outcome; where it is paused, why. */
  readonly note: string;
  /** ISO text. */
  readonly nextTimes: readonly string[];
}

/** Everything about a schedule. */
export interface ScheduleDocument extends ListedSchedule, Omit<ScheduleInput, 'scheduleName' | 'spec'> {
  readonly formatVersion: 1;
  readonly rolloutName: string;
  readonly manifestSha256: string;
  /** Newest first; at most 10. */
  readonly runs: readonly ScheduledRun[];
}

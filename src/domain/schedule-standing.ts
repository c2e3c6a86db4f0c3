/** One run of the rollouts of a name. */
export interface RolloutRun {
  readonly startedBy: string;
  /** Whether a schedule has started it. */
  readonly isScheduled: boolean;
  readonly manifestSha256: string;
  /** ISO text. */
  readonly startedAt: string;
  readonly isOpen: boolean;
}

/** How a schedule stands to the other rollouts of its name. */
export type ScheduleStanding =
  | { readonly kind: 'clear' }
  /** What the images are like now says nothing: a rollout is at work on them. */
  | { readonly kind: 'rollout-running' }
  /** A person has decided something else since the schedule was given its manifest. */
  | { readonly kind: 'superseded'; readonly by: RolloutRun };

/**
 * Decides whether a run of a schedule may go on. Yesterday's copy of a manifest must not undo today's decision, so the
 * newest rollout by hand counts.
 *
 * @param runs - of the rollout's name, newest first
 */
export function scheduleStanding(
  runs: readonly RolloutRun[],
  { manifestSha256, since }: { readonly manifestSha256: string; readonly since: string },
): ScheduleStanding {
  const byHand = runs.find(({ isScheduled }) => !isScheduled);
  if (
    byHand !== undefined &&
    byHand.manifestSha256 !== manifestSha256 &&
    Date.parse(byHand.startedAt) > Date.parse(since)
  ) {
    return { kind: 'superseded', by: byHand };
  }
  return runs.some(({ isOpen }) => isOpen) ? { kind: 'rollout-running' } : { kind: 'clear' };
}

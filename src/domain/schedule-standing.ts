import type { BegunByHand } from './ledger.ts';

/** How a schedule stands to the other rollouts of its name. */
export type ScheduleStanding =
  | { readonly kind: 'clear' }
  /** What the images are like now says nothing: a rollout is at work on them. */
  | { readonly kind: 'rollout-running' }
  /** A person has decided something else since the schedule was given its manifest. */
  | { readonly kind: 'superseded'; readonly by: BegunByHand };

/** What there is of the rollouts of a name. */
export interface OtherRollouts {
  /** The newest that was begun by hand; null where none is known. */
  readonly byHand: BegunByHand | null;
  /** Whether one is running, whoever began it. */
  readonly isRunning: boolean;
}

/**
 * Decides whether a run of a schedule may go on. Yesterday's copy of a manifest must not undo today's decision, so the
 * newest rollout by hand counts; one that was refused has decided nothing.
 */
export function scheduleStanding(
  { byHand, isRunning }: OtherRollouts,
  { manifestSha256, since }: { readonly manifestSha256: string; readonly since: string },
): ScheduleStanding {
  if (byHand !== null && byHand.manifestSha256 !== manifestSha256 && Date.parse(byHand.startedAt) > Date.parse(since)) {
    return { kind: 'superseded', by: byHand };
  }
  return isRunning ? { kind: 'rollout-running' } : { kind: 'clear' };
}

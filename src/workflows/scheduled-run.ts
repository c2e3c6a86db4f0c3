import { workflowInfo } from '@temporalio/workflow';
import { scheduleInput } from '../contracts/input-shapes.ts';
import type { ScheduledOutcome, ScheduledOutcomeKind, ScheduleInput } from '../contracts/schedule.ts';
import { scheduledTimeFrom } from '../contracts/workflow-ids.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import type { Repair } from '../domain/scheduled-change.ts';
import { recentRepairs } from '../domain/scheduled-change.ts';
import { requireInput } from './checked.ts';
import type { LookedAt } from './scheduled-look.ts';
import { countsOf, notableOf } from './scheduled-outcome.ts';

// Temporal writes the time into the id without its milliseconds.
const fullSecondMs = 1_000;

// Ends of runs that have not looked at every image, or had nothing come of it.
const unsureKinds: ReadonlySet<ScheduledOutcomeKind> = new Set(['failed', 'rollout-running', 'superseded']);

/** What a run of a schedule knows. */
export interface ScheduledRunState {
  readonly input: ScheduleInput;
  /** ISO text. */
  readonly startedAt: string;
  /** How the run before this one ended. */
  readonly before: ScheduledOutcome | null;
  found: readonly LookedAt[];
  /** Whether its rollout has said that it waits for a person. */
  isPersonNeeded: boolean;
  hasRolledOut: boolean;
  /** What the page of the schedule says since this run has paused it; null where it has not. */
  pauseNote: string | null;
}

/** A run that has looked at nothing yet. */
export function newRun(input: ScheduleInput): ScheduledRunState {
  requireInput(input, scheduleInput);
  const { startTime, lastResult } = workflowInfo();
  return {
    input,
    startedAt: startTime.toISOString(),
    // The runs of a schedule are of this workflow, and of no other.
    before: (lastResult ?? null) as ScheduledOutcome | null,
    found: [],
    isPersonNeeded: false,
    hasRolledOut: false,
    pauseNote: null,
  };
}

/** Whether the run before has seen everything: after an outage Temporal starts two, though only *now* matters. */
export function isCovered({ before }: ScheduledRunState): boolean {
  const time = scheduledTimeFrom(workflowInfo().workflowId);
  if (before === null || time === null || unsureKinds.has(before.kind)) return false;
  return Date.parse(time) + fullSecondMs <= Date.parse(before.startedAt);
}

/** How the run ends, before anything is known of a rollout. */
export function ended(run: ScheduledRunState, kind: ScheduledOutcomeKind, detail: string): ScheduledOutcome {
  return {
    kind,
    detail,
    // A run that was late has looked at nothing: the one before it still is the last that did.
    startedAt: kind === 'covered' ? (run.before?.startedAt ?? run.startedAt) : run.startedAt,
    counts: countsOf(run.found),
    notable: notableOf(run.found),
    images: {},
    repairs: repairsAfter(run),
  };
}

/** An image that is held now begins anew when its hold is removed. */
function repairsAfter({ before, found }: ScheduledRunState): readonly Repair[] {
  const held = new Set(found.flatMap(({ image, step }) => (step.kind === 'hold' ? [image] : [])));
  return recentRepairs(before?.repairs ?? [], Date.now()).map(({ at, images }) => ({
    at,
    images: compactImageSet(imagesOf(images).filter((image) => !held.has(image))),
  }));
}

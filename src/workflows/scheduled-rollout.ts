import { CancellationScope, condition, isCancellation, proxyActivities, setHandler } from '@temporalio/workflow';
import { personNeededSignal } from '../contracts/messages.ts';
import type { ScheduleActivities, ScheduledOutcome, ScheduleInput } from '../contracts/schedule.ts';
import { scheduleNote } from '../contracts/schedule-note.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import { flappingImages, scheduledRunStep } from '../domain/scheduled-change.ts';
import { stepFailureOf } from './failures.ts';
import type { EndedRollout } from './scheduled-child.ts';
import { rollOutScheduled } from './scheduled-child.ts';
import type { LookedAt } from './scheduled-look.ts';
import { lookForSchedule } from './scheduled-look.ts';
import { foundText, showOutcome } from './scheduled-outcome.ts';
import { endedBadly, personNeeded, superseded, tooMuch } from './scheduled-pauses.ts';
import type { ScheduledRunState } from './scheduled-run.ts';
import { ended, isCovered, newRun } from './scheduled-run.ts';

const { beginScheduledRun, pauseSchedule, endScheduledRun } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '15s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

/**
 * One run of a schedule: looks at the images of its manifest, and rolls out to those that its mode is for.
 *
 * - Id: `schedule/<name>-<time>`; Temporal adds the time.
 * - Result: what was found and done; Temporal hands it to the next run, which learns from it what was repaired lately.
 *   It fails only when it is cancelled.
 * - Child: `rollout/<name>`, with just the images that are to be changed; none where there is nothing to do.
 * - Messages: signal `personNeeded` of the rollout, which pauses the schedule while the run goes on.
 * - Continues as new: never; 10,000 images are 50 activities, with one before and one after them.
 * - Invariants: access that somebody took away is not given back, unless the schedule regrants; nothing is written where
 *   a rollout by hand is at work, or has used another manifest since.
 */
export async function scheduledRollout(input: ScheduleInput): Promise<ScheduledOutcome> {
  const run = newRun(input);
  setHandler(personNeededSignal, () => void (run.isPersonNeeded = true));
  const outcome = await outcomeOf(run);
  showOutcome(input, outcome);
  if (outcome.kind === 'covered') return outcome;
  // The schedule has to be told also where the run was cancelled.
  await CancellationScope.nonCancellable(() =>
    endScheduledRun({
      scheduleName: input.scheduleName,
      note: scheduleNote({ ...input, outcome }),
      isPausing: outcome.kind === 'paused' || outcome.kind === 'superseded',
      ...(run.pauseNote === null ? {} : { replaces: run.pauseNote }),
      flapping: compactImageSet(run.found.flatMap(({ image, step }) => (step.kind === 'hold' ? [image] : []))),
    }),
  );
  return outcome;
}

async function outcomeOf(run: ScheduledRunState): Promise<ScheduledOutcome> {
  if (isCovered(run))
    return ended(run, 'covered', `The run that began at ${run.before?.startedAt} came after its time`);
  try {
    return await lookAndChange(run);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, detail } = stepFailureOf(error);
    return { ...ended(run, 'failed', detail), error: { code, detail } };
  }
}

async function lookAndChange(run: ScheduledRunState): Promise<ScheduledOutcome> {
  const { spec, since } = run.input;
  const { rolloutName, manifestSha256 } = spec;
  const standing = await beginScheduledRun({ rolloutName, manifestSha256, since });
  if (standing.kind === 'rollout-running') return busy(run);
  if (standing.kind === 'superseded') return ended(run, 'superseded', superseded(run.input, standing.by));
  run.found = await lookForSchedule(run.input, flappingImages(run.before?.repairs ?? [], Date.now()));
  return change(run);
}

async function change(run: ScheduledRunState): Promise<ScheduledOutcome> {
  const { rules, spec } = run.input;
  const next = scheduledRunStep(run.found, rules, spec.guardrails.maxChangedPercentage);
  switch (next.kind) {
    case 'nothing':
      return ended(run, 'nothing-to-do', foundText(run.found));
    case 'pause':
      return ended(run, 'paused', tooMuch(run.input, { ...next, total: run.found.length }));
    case 'rollout': {
      const wanted = new Set(next.images);
      const changing = run.found.filter(({ image }) => wanted.has(image));
      const rollout = await watchedRollout(run, changing);
      return rollout === null ? busy(run) : rolledOut(run, changing, rollout);
    }
  }
}

/** The rollout of a run. Where it waits for a person, the schedule is paused at once: the run may wait for days. */
async function watchedRollout(run: ScheduledRunState, changing: readonly LookedAt[]): Promise<EndedRollout | null> {
  const watch = CancellationScope.nonCancellable(() => pauseWherePersonIsNeeded(run));
  try {
    return await rollOutScheduled(run.input, changing);
  } finally {
    run.hasRolledOut = true;
    await watch;
  }
}

async function pauseWherePersonIsNeeded(run: ScheduledRunState): Promise<void> {
  await condition(() => run.isPersonNeeded || run.hasRolledOut);
  // The end of the run says what came of it.
  if (run.hasRolledOut) return;
  run.pauseNote = personNeeded(run.input);
  await pauseSchedule({ scheduleName: run.input.scheduleName, note: run.pauseNote });
}

function rolledOut(
  run: ScheduledRunState,
  changing: readonly LookedAt[],
  { runId, outcome: { state, counts, changed } }: EndedRollout,
): ScheduledOutcome {
  const proven = new Set(changed === undefined ? [] : imagesOf(changed));
  // What a rollout could not repair, nobody has changed back.
  const repaired = changing.flatMap(({ image, step }) => (step.kind === 'repair' && proven.has(image) ? [image] : []));
  const why = endedBadly(run.input, { state, counts });
  const end =
    why === null
      ? ended(run, 'rolled-out', `${foundText(run.found)}; the rollout ended ${state}`)
      : ended(run, 'paused', why);
  return {
    ...end,
    images: compactImageSet(changing.map(({ image }) => image)),
    rollout: { runId, state, counts },
    repairs: [
      ...end.repairs,
      ...(repaired.length === 0 ? [] : [{ at: run.startedAt, images: compactImageSet(repaired) }]),
    ],
  };
}

function busy(run: ScheduledRunState): ScheduledOutcome {
  return ended(run, 'rollout-running', `A rollout ${run.input.spec.rolloutName} is running`);
}

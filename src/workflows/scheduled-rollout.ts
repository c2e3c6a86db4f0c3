import { CancellationScope, condition, isCancellation, proxyActivities, setHandler } from '@temporalio/workflow';
import { personNeededSignal } from '../contracts/messages.ts';
import type { RolloutError, RolloutOutcome } from '../contracts/rollout.ts';
import type { ScheduleActivities, ScheduledOutcome, ScheduleInput } from '../contracts/schedule.ts';
import { scheduleNote } from '../contracts/schedule-note.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import type { WhyLeft } from '../domain/scheduled-change.ts';
import { flappingImages, scheduledRunStep } from '../domain/scheduled-change.ts';
import { stepFailureOf } from './failures.ts';
import type { EndedRollout } from './scheduled-child.ts';
import { rollOutScheduled } from './scheduled-child.ts';
import type { LookedAt } from './scheduled-look.ts';
import { lookForSchedule } from './scheduled-look.ts';
import { foundText, showOutcome } from './scheduled-outcome.ts';
import { endedBadly, personNeeded, refused, superseded, tooMuch } from './scheduled-pauses.ts';
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
 * - Continues as new: never; 10,000 images are 50 activities, with one before and two after them.
 * - Invariants: access that somebody took away is not given back, unless the schedule regrants; nothing is written where
 *   a rollout by hand is at work, or has used another manifest since, which is asked before the look and after it.
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
    return failed(run, { code, detail });
  }
}

async function lookAndChange(run: ScheduledRunState): Promise<ScheduledOutcome> {
  const others = await whereOthersStand(run);
  if (others !== null) return others;
  run.found = await lookForSchedule(run.input, flappingImages(run.before?.repairs ?? [], Date.now()));
  return change(run);
}

/** How the run ends because of another rollout of its name; null where it goes on. */
async function whereOthersStand(run: ScheduledRunState): Promise<ScheduledOutcome | null> {
  const { spec, since } = run.input;
  const { rolloutName, manifestSha256 } = spec;
  const standing = await beginScheduledRun({ rolloutName, manifestSha256, since });
  if (standing.kind === 'rollout-running') return busy(run);
  return standing.kind === 'superseded' ? ended(run, 'superseded', superseded(run.input, standing.by)) : null;
}

async function change(run: ScheduledRunState): Promise<ScheduledOutcome> {
  const { rules, spec } = run.input;
  const next = scheduledRunStep(run.found, rules, spec.guardrails.maxChangedPercentage);
  switch (next.kind) {
    case 'nothing':
      return ended(run, 'nothing-to-do', foundText(run.found));
    case 'blind':
      return blind(run);
    case 'refused':
      return ended(run, 'paused', refused(run.input, whyLeft(run, 'refused').detail));
    case 'pause':
      return ended(run, 'paused', tooMuch(run.input, { ...next, total: run.found.length }));
    case 'rollout': {
      const wanted = new Set(next.images);
      const changing = run.found.filter(({ image }) => wanted.has(image));
      // To look may have taken an hour, and somebody may have decided something else meanwhile.
      const others = await whereOthersStand(run);
      if (others !== null) return others;
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
  const { startedAt, input } = run;
  run.pauseNote = scheduleNote({ ...input, outcome: { startedAt, kind: 'paused', detail: personNeeded(input) } });
  await pauseSchedule({ scheduleName: run.input.scheduleName, note: run.pauseNote });
}

function rolledOut(
  run: ScheduledRunState,
  changing: readonly LookedAt[],
  { runId, outcome }: EndedRollout,
): ScheduledOutcome {
  const { state, counts, changed } = outcome;
  const proven = new Set(changed === undefined ? [] : imagesOf(changed));
  // What a rollout could not repair, nobody has changed back.
  const repaired = changing.flatMap(({ image, step }) => (step.kind === 'repair' && proven.has(image) ? [image] : []));
  const end = endOf(run, outcome);
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

function endOf(run: ScheduledRunState, outcome: RolloutOutcome): ScheduledOutcome {
  const why = endedBadly(run.input, outcome);
  if (why !== null) return ended(run, 'paused', why);
  const { state, error } = outcome;
  const text = `${foundText(run.found)}; the rollout ended ${state}`;
  if (state !== 'REFUSED' && state !== 'FAILED') return ended(run, 'rolled-out', text);
  return failed(
    run,
    error === undefined ? { code: 'internal', detail: text } : { ...error, detail: `${text}: ${error.detail}` },
  );
}

function failed(run: ScheduledRunState, error: RolloutError): ScheduledOutcome {
  return { ...ended(run, 'failed', error.detail), error };
}

/** Where images could not be seen, nobody knows whether there is nothing to do. */
function blind(run: ScheduledRunState): ScheduledOutcome {
  const { code, detail } = whyLeft(run, 'unseen');
  return failed(run, { code, detail: `${foundText(run.found)}: ${detail}` });
}

/** What is said of the first image that is left for this reason. */
function whyLeft({ found }: ScheduledRunState, why: WhyLeft): RolloutError {
  const first = found.find(({ step }) => step.kind === 'leave' && step.why === why);
  return { code: first?.code ?? 'internal', detail: first?.detail ?? why };
}

function busy(run: ScheduledRunState): ScheduledOutcome {
  return ended(run, 'rollout-running', `A rollout ${run.input.spec.rolloutName} is running`);
}

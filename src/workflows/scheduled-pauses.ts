import type { RolloutOutcome } from '../contracts/rollout.ts';
import type { ScheduleInput } from '../contracts/schedule.ts';
import type { BegunByHand } from '../domain/ledger.ts';
import type { ScheduledRunStep } from '../domain/scheduled-change.ts';
import { answerTo, commandWithReason } from '../domain/printed-command.ts';

/** Why a schedule pauses that a rollout by hand has overtaken, and how to go on. */
export function superseded(input: ScheduleInput, { startedBy, startedAt }: BegunByHand): string {
  const what = `schedule-superseded: ${startedBy} started ${input.spec.rolloutName} with another manifest at ${startedAt}`;
  return `${what}. Go on with: policy-rollout schedule update ${input.scheduleName} MANIFEST, then ${resumption(input)}`;
}

/** Why a schedule pauses that would change too much, and how to go on. */
export function tooMuch(
  input: ScheduleInput,
  { wantedCount, maxCount, limit, total }: TooMuch & { readonly total: number },
): string {
  const what = `too-many-changes: ${wantedCount} of ${total} images are to be changed, and a run may change ${maxCount}`;
  const raise =
    limit === 'max-changes'
      ? 'raise --max-changes'
      : 'raise guardrails.maxChangedPercentage and give the schedule the manifest anew';
  return `${what}. Go on with: policy-rollout drift, then roll out by hand or ${raise}, then ${resumption(input)}`;
}

type TooMuch = Extract<ScheduledRunStep, { kind: 'pause' }>;

/** Why a schedule pauses that may change none of its images, and how to go on. */
export function refused(input: ScheduleInput, detail: string): string {
  const next = `policy-rollout plan, then policy-rollout schedule update ${input.scheduleName} MANIFEST`;
  return `images-refused: none of the images may be changed. ${detail} Go on with: ${next}, then ${resumption(input)}`;
}

/** Why a schedule pauses after a rollout that a person has to look at, and how to go on; null where nobody has to. */
export function endedBadly(
  input: ScheduleInput,
  { state, counts, messages }: Pick<RolloutOutcome, 'state' | 'counts' | 'messages'>,
): string | null {
  const { rolloutName } = input.spec;
  const next = `Go on with: policy-rollout report ${rolloutName}, then ${resumption(input)}`;
  if (counts.compensationFailed > 0) {
    return `compensation-failed: ${counts.compensationFailed} images could not be put back and need a person. ${next}`;
  }
  if (state === 'ABORTED') return `rollout-aborted: the rollout ${rolloutName} of this run was aborted. ${next}`;
  const rejection = messages.find(({ request }) => request.kind === 'reject');
  if (state !== 'STOPPED' || rejection === undefined) return null;
  return `rollout-rejected: ${rejection.who} rejected the rollout ${rolloutName} of this run. ${next}`;
}

/** Why a schedule pauses whose rollout waits for a person, and how to go on. */
export function personNeeded(input: ScheduleInput): string {
  const { rolloutName } = input.spec;
  const what = `compensation-failed: an image could not be put back, and the rollout ${rolloutName} of this run waits for a person`;
  const [resume, abort] = [answerTo('resume', rolloutName), commandWithReason(`abort ${rolloutName}`)];
  const next = `policy-rollout report ${rolloutName}, then ${resume} or ${abort}`;
  return `${what}. Go on with: ${next}, then ${resumption(input)}`;
}

function resumption({ scheduleName }: ScheduleInput): string {
  return `policy-rollout schedule resume ${scheduleName}`;
}

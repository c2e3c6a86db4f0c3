import { setCurrentDetails } from '@temporalio/workflow';
import type { NotableImage, ScheduledCounts, ScheduledOutcome, ScheduleInput } from '../contracts/schedule.ts';
import { scheduleNote } from '../contracts/schedule-note.ts';
import { escaped } from './escaped.ts';
import type { LookedAt } from './scheduled-look.ts';

// A result is read by people; the images have everything in the results of `describeImages`.
const mostNotable = 20;

/** How many images a run has found how. */
export function countsOf(found: readonly LookedAt[]): ScheduledCounts {
  const count = (kind: LookedAt['step']['kind'], why?: string): number =>
    found.filter(({ step }) => step.kind === kind && (why === undefined || ('why' in step && step.why === why))).length;
  const [inSync, removedOutside] = [count('leave', 'in-sync'), count('leave', 'removed-outside')];
  const unseen = count('leave', 'unseen');
  return {
    total: found.length,
    toShare: count('share'),
    toRepair: count('repair'),
    inSync,
    removedOutside,
    held: count('hold'),
    unseen,
    left: count('leave') - inSync - removedOutside - unseen,
  };
}

/** The images that are not as they should be, the first of them. */
export function notableOf(found: readonly LookedAt[]): readonly NotableImage[] {
  return found
    .filter(({ step }) => step.kind !== 'leave' || step.why !== 'in-sync')
    .slice(0, mostNotable)
    .map(({ image, step, code, driftKinds }) => ({
      imageArn: image,
      step: step.kind,
      why: [...('why' in step ? [step.why] : []), ...(code === undefined ? [] : [code]), ...(driftKinds ?? ['new'])],
    }));
}

/** What a run has found, in words. */
export function foundText(found: readonly LookedAt[]): string {
  const { total, toShare, toRepair, inSync, removedOutside, held, unseen, left } = countsOf(found);
  const parts = Object.entries({
    'in sync': inSync,
    'to share': toShare,
    'to repair': toRepair,
    'not given back': removedOutside,
    'held from now on': held,
    'not to be seen': unseen,
    'left alone': left,
  }).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name}`]));
  return `${parts.join(', ')}${parts.length === 0 ? '' : ', of '}${total} images`;
}

/** Shows on its page in the Temporal UI what a run has found and done, as markdown. */
export function showOutcome({ spec, rules }: ScheduleInput, outcome: ScheduledOutcome): void {
  const lines = [
    `**${outcome.kind}** ${escaped(scheduleNote({ spec, rules, outcome }))}`,
    ...(outcome.notable.length === 0 ? [] : ['']),
    ...outcome.notable.map(({ imageArn, step, why }) => `- ${escaped(imageArn)}: ${step} (${why.join(', ')})`),
  ];
  setCurrentDetails(lines.join('\n'));
}

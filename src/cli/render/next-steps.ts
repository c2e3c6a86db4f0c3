import type { RolloutReport } from '../../contracts/report.ts';
import { isSelectedAnew } from '../../contracts/report.ts';
import { commandWithReason } from '../../domain/printed-command.ts';
import { oneLine, plural } from './text.ts';

/** Something to do after a report. */
export interface NextStep {
  /** What has to be done by hand, or before the command; empty where nothing has to. */
  readonly text: string;
  /** Null where there is no one command for it. */
  readonly command: string | null;
}

/** What goes on from a report, in the order in which it is done. */
export function nextSteps(report: RolloutReport): readonly NextStep[] {
  const { finishedAt, counts } = report;
  const { total, succeeded, unchanged, compensationFailed } = counts;
  const name = oneLine(report.rolloutName);
  if (finishedAt === null) return [{ text: '', command: `policy-rollout watch ${name}` }];
  const left = total - succeeded - unchanged - compensationFailed;
  const mended = compensationFailed > 0 ? 'mend the other causes' : 'mend the causes';
  const steps = [
    ...(compensationFailed > 0
      ? [{ text: 'follow the runbooks of the images that are COMPENSATION_FAILED', command: null }]
      : []),
    ...(left > 0 || isSelectedAnew(report)
      ? [{ text: `${mended}, then: `, command: commandWithReason(`redrive ${name}`) }]
      : []),
  ];
  return steps.length > 0 ? steps : [{ text: '', command: `policy-rollout report ${name} --json` }];
}

/** What the images of a report do not tell; null where they tell all. */
export function unknownImagesText({ finishedAt, areImagesKnown, forgotten }: RolloutReport): string | null {
  if (forgotten !== undefined) {
    return `Temporal has forgotten an earlier run, ${forgotten.runId}: ${plural(forgotten.counts.total, 'image')} that had succeeded by then are counted, and not named`;
  }
  if (finishedAt === null || areImagesKnown) return null;
  return 'not every selection had an answer, so there may be more images than these; a redrive looks for them again';
}

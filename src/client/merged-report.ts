import type { ReportedImage, RolloutReport } from '../contracts/report.ts';
import type { Redrive } from '../contracts/rollout.ts';
import { countImages, sumCounts } from '../domain/image-state.ts';
import type { ImageCounts } from '../domain/image-state.ts';

/**
 * The report of a redriven rollout: the images of its last run as they are now, all others as the runs before left them,
 * in the order in which they were first looked at. A run that had not found its images may have been followed by one that has.
 */
export function mergedReport(before: RolloutReport, now: RolloutReport): RolloutReport {
  const redriven = new Map(now.images.map((image) => [image.imageArn, image]));
  const known = before.images.map((image) => {
    const again = redriven.get(image.imageArn);
    return again === undefined ? image : afterRedrive(image, again);
  });
  const earlier = new Set(before.images.map(({ imageArn }) => imageArn));
  const images = [...known, ...now.images.filter(({ imageArn }) => !earlier.has(imageArn))];
  const names = new Set([...before.waves, ...now.waves].map(({ name }) => name));
  const { forgotten } = before;
  return {
    ...now,
    redriveCount: before.redriveCount + 1,
    repeats: now.repeats ?? before.repeats,
    counts: sumCounts([countsOf(images), ...(forgotten === undefined ? [] : [forgotten.counts])]),
    waves: [...names].map((name) => ({ name, counts: countsOf(images.filter(({ wave }) => wave === name)) })),
    images,
    ...(forgotten === undefined ? {} : { forgotten }),
  };
}

/** The report of a run whose earlier runs Temporal has forgotten: of what they have done, the numbers are left. */
export function withForgottenRuns(report: RolloutReport, { count, previousRunId, keptCounts }: Redrive): RolloutReport {
  return {
    ...report,
    redriveCount: count,
    counts: sumCounts([report.counts, keptCounts]),
    forgotten: { runId: previousRunId, counts: keptCounts },
  };
}

function afterRedrive(before: ReportedImage, again: ReportedImage): ReportedImage {
  const attempts = before.attempts + again.attempts;
  if (isLeftAsItWas(before, again)) return { ...before, attempts, ...noteOf(before, again) };
  return { ...again, attempts, runId: again.runId ?? before.runId };
}

/** Whether a redrive has left an image as an earlier run has: then that run has the evidence, and the runbook. */
function isLeftAsItWas(before: ReportedImage, again: ReportedImage): boolean {
  if (before.attempts === 0) return false;
  if (again.attempts === 0) return again.state === 'SKIPPED' || again.error?.code === 'image-locked';
  // An image that could not be put back is put right by a success alone.
  const hasGivenUp = again.state === 'FAILED' || again.state === 'CANCELLED';
  return before.state === 'COMPENSATION_FAILED' && hasGivenUp && again.requestIds.length === 0;
}

/** What stood in the way of the redrive is told beside what had happened before. */
function noteOf({ error }: ReportedImage, again: ReportedImage): Pick<ReportedImage, 'error'> {
  if (error === undefined || again.error === undefined) return {};
  const { code, detail } = again.error;
  return { error: { ...error, detail: `${error.detail}; the redrive left it so, because of ${code}: ${detail}` } };
}

function countsOf(images: readonly ReportedImage[]): ImageCounts {
  return countImages(images.map(({ state }) => state));
}

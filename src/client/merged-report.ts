import type { ReportedImage, RolloutReport } from '../contracts/report.ts';
import { countImages } from '../domain/image-state.ts';

/**
 * The report of a redriven rollout: the images of its last run as they are now, all others as the runs before left them,
 * in the order in which they were first looked at. A run that had not found its images may have been followed by one that has.
 */
export function mergedReport(before: RolloutReport, now: RolloutReport): RolloutReport {
  const redriven = new Map(now.images.map((image) => [image.imageArn, image]));
  const known = before.images.map((image) => {
    const again = redriven.get(image.imageArn);
    if (again === undefined) return image;
    return { ...again, attempts: image.attempts + again.attempts, runId: again.runId ?? image.runId };
  });
  const earlier = new Set(before.images.map(({ imageArn }) => imageArn));
  const images = [...known, ...now.images.filter(({ imageArn }) => !earlier.has(imageArn))];
  const names = new Set([...before.waves, ...now.waves].map(({ name }) => name));
  return {
    ...now,
    redriveCount: before.redriveCount + 1,
    repeats: now.repeats ?? before.repeats,
    counts: countsOf(images),
    waves: [...names].map((name) => ({ name, counts: countsOf(images.filter(({ wave }) => wave === name)) })),
    images,
  };
}

function countsOf(images: readonly ReportedImage[]): RolloutReport['counts'] {
  return countImages(images.map(({ state }) => state));
}

import type { Activities } from '../contracts/activities.ts';
import type { Description } from '../contracts/plan.ts';
import type { ImageArn } from '../domain/arn.ts';
import { chunksOf } from '../domain/chunks.ts';
import { compactImageSet, imageCount } from '../domain/image-set.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { inspectionOf } from './activities.ts';

// One activity looks at so many images, and gives back those that do not fit into its result.
const imagesPerActivity = 200;
const atOnce = 4;

/** What is asked about every image. */
export type Question = Omit<Parameters<Activities['describeImages']>[0], 'images'>;

/** Looks at images, many with one activity; together the descriptions are in the order of the images. */
export async function describeInSlices(
  images: readonly ImageArn[],
  question: Question,
): Promise<readonly Description[]> {
  return (await mapInLanes(chunksOf(images, imagesPerActivity), atOnce, (slice) => describe(slice, question))).flat();
}

async function describe(images: readonly ImageArn[], question: Question): Promise<readonly Description[]> {
  const found: Description[] = [];
  for (let rest = compactImageSet(images); imageCount(rest) > 0;) {
    const { describeImages } = inspectionOf(`look at ${imageCount(rest)} images of ${question.rolloutName}`);
    const description = await describeImages({ ...question, images: rest });
    found.push(description);
    ({ rest } = description);
  }
  return found;
}

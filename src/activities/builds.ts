import type { Build } from '../aws/build.ts';
import { readBuild } from '../aws/build.ts';
import type { Target } from '../aws/request.ts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import { mapInLanes } from '../domain/lanes.ts';

// Reads of images of one account and Region that are under way at the same time.
const laneCount = 8;

/**
 * The builds of images of one account and Region, a call for each; an image of which AWS does not tell is left out. Errors
 * that may go away are thrown.
 */
export async function readBuilds(target: Target, images: readonly ImageArn[]): Promise<ReadonlyMap<ImageArn, Build>> {
  const found = await mapInLanes(images, laneCount, async (image): Promise<readonly [ImageArn, Build][]> => {
    const build = await readBuild(target, image).catch(unlessFinal);
    return build === null ? [] : [[image, build]];
  });
  return new Map(found.flat());
}

function unlessFinal(error: unknown): null {
  if (error instanceof AppError && errorCodes[error.code].retry === 'never') return null;
  throw error;
}

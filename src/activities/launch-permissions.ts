import { readLaunchPermission } from '../aws/launch-permission.ts';
import type { Target } from '../aws/request.ts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import { mapInLanes } from '../domain/lanes.ts';
import type { LaunchPermission } from '../domain/launch-permission.ts';

// Reads of images of one account and Region that are under way at the same time.
const laneCount = 8;

/**
 * Who may launch the AMIs of images of one account and Region, a call for each; an image of which AWS does not tell is
 * left out, since nothing depends on it but a warning. Errors that may go away are thrown.
 */
export async function readLaunchPermissions(
  target: Target,
  images: readonly ImageArn[],
): Promise<ReadonlyMap<ImageArn, LaunchPermission>> {
  const found = await mapInLanes(images, laneCount, async (image): Promise<readonly [ImageArn, LaunchPermission][]> => {
    const permission = await readLaunchPermission(target, image).catch(unlessFinal);
    return permission === null ? [] : [[image, permission]];
  });
  return new Map(found.flat());
}

function unlessFinal(error: unknown): null {
  if (error instanceof AppError && errorCodes[error.code].retry === 'never') return null;
  throw error;
}

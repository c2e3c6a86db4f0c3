import type { RolloutOrigin } from '../contracts/rollout.ts';
import { undoInput } from '../contracts/undo-input.ts';
import { imageCount } from '../domain/image-set.ts';
import type { TemporalAccess } from './connection.ts';
import { finishedRollout } from './redrive.ts';
import type { Started } from './start.ts';
import { startRollout } from './start.ts';
import { writtenImages } from './written-images.ts';

/** Puts every image of a finished rollout back to its baseline; see `PolicyRolloutClient.undo`. */
export async function undoRollout(
  access: TemporalAccess,
  rolloutName: string,
  origin: RolloutOrigin,
): Promise<Started | null> {
  const { runId, input, report } = await finishedRollout(access, rolloutName);
  const images = writtenImages(report);
  if (imageCount(images) === 0) return null;
  const since = input.redrive?.since ?? report.startedAt;
  return startRollout(access, undoInput({ input, runId, since, images }, origin));
}

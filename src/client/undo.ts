import type { BaselinesDocument } from '../contracts/baselines.ts';
import type { RolloutReport } from '../contracts/report.ts';
import type { RolloutOrigin } from '../contracts/rollout.ts';
import { undoInput, withoutGates } from '../contracts/undo-input.ts';
import { undoNameOf } from '../contracts/workflow-ids.ts';
import { AppError } from '../domain/errors.ts';
import { compactImageSet, imageCount } from '../domain/image-set.ts';
import type { TemporalAccess } from './connection.ts';
import { keepBaselines } from './keep-baselines.ts';
import { finishedRollout, requireFinished } from './redrive.ts';
import type { Started } from './start.ts';
import { startRollout } from './start.ts';

/** Puts every image of a finished rollout back to its baseline; see `PolicyRolloutClient.undo`. */
export async function undoRollout(
  access: TemporalAccess,
  rolloutName: string,
  origin: RolloutOrigin,
  { isGated }: { readonly isGated: boolean },
): Promise<Started | null> {
  const { input, report, written: images } = await finishedRollout(access, rolloutName);
  const warning = forgottenText(report);
  if (imageCount(images) === 0) {
    if (warning === null) return null;
    throw new AppError('baseline-lost', warning, { item: rolloutName });
  }
  const since = input.redrive?.since ?? report.startedAt;
  const undo = undoInput({ input, since, images }, origin);
  const started = await startRollout(access, isGated ? undo : withoutGates(undo));
  return warning === null ? started : { ...started, warning };
}

/** What an undo leaves alone because Temporal does not know it any more; null where it knows all. */
export function forgottenText({ rolloutName, forgotten }: RolloutReport): string | null {
  if (forgotten === undefined) return null;
  const { runId, counts } = forgotten;
  return `Temporal has forgotten the run ${runId} of ${rolloutName}, so the images that had succeeded by then (${counts.total}) stay as they are`;
}

/** The same out of a file that was made while Temporal still knew the rollout. */
export async function undoFromBaselines(
  access: TemporalAccess,
  { rolloutName, spec, revocation, since, images: kept }: BaselinesDocument,
  origin: RolloutOrigin,
): Promise<Started | null> {
  await requireFinished(access, rolloutName);
  if (kept.length === 0) return null;
  const images = compactImageSet(kept.map(({ imageArn }) => imageArn));
  const baselines = await keepBaselines(access, undoNameOf(rolloutName), kept);
  const input = revocation === undefined ? { spec } : { spec, revocation };
  return startRollout(access, undoInput({ input, since, images, baselines }, origin));
}

import type { RolloutSpec } from '../../contracts/rollout.ts';
import type { Problem } from '../../domain/errors.ts';
import { imageCount } from '../../domain/image-set.ts';
import { problemsText, renderProblem } from './error.ts';
import type { Paint } from './text.ts';
import { plural } from './text.ts';

/** A manifest that has no errors. */
export interface ShownValidation {
  readonly rolloutName: string;
  /** Images that it names. */
  readonly imageCount: number;
  readonly selectionCount: number;
  /** Warnings alone. */
  readonly problems: readonly Problem[];
}

/** What there is to say about a valid manifest. */
export function renderValidation(validation: ShownValidation, paint: Paint): readonly string[] {
  const { rolloutName, problems } = validation;
  const warnings = problems.length === 0 ? '' : `, ${problemsText(problems)}`;
  return [
    ...problems.flatMap((problem) => renderProblem(problem, paint)),
    `${paint('green', 'valid')}: ${rolloutName}, ${countsOfManifest(validation)}${warnings}`,
  ];
}

/** `3 images`, `3 images and what 2 selections find`: what a manifest rolls out to. */
export function imagesText({ images, selections }: Pick<RolloutSpec, 'images' | 'selections'>): string {
  return countsOfManifest({ imageCount: imageCount(images), selectionCount: selections.length });
}

function countsOfManifest({
  imageCount: count,
  selectionCount,
}: Pick<ShownValidation, 'imageCount' | 'selectionCount'>): string {
  const selections = `what ${plural(selectionCount, 'selection')} ${selectionCount === 1 ? 'finds' : 'find'}`;
  if (selectionCount === 0) return plural(count, 'image');
  return count === 0 ? selections : `${plural(count, 'image')} and ${selections}`;
}

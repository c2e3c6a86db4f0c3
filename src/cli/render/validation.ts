import type { Problem } from '../../domain/errors.ts';
import { problemsText, renderProblem } from './error.ts';
import type { Paint } from './text.ts';
import { plural } from './text.ts';

/** A manifest that has no errors. */
export interface ShownValidation {
  readonly rolloutName: string;
  readonly imageCount: number;
  /** Warnings alone. */
  readonly problems: readonly Problem[];
}

/** What there is to say about a valid manifest. */
export function renderValidation(
  { rolloutName, imageCount, problems }: ShownValidation,
  paint: Paint,
): readonly string[] {
  const warnings = problems.length === 0 ? '' : `, ${problemsText(problems)}`;
  return [
    ...problems.flatMap((problem) => renderProblem(problem, paint)),
    `${paint('green', 'valid')}: ${rolloutName}, ${plural(imageCount, 'image')}${warnings}`,
  ];
}

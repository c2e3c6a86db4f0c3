import type { Problem } from '../domain/errors.ts';
import { renderProblem } from './render/error.ts';
import type { Session } from './session.ts';

/** Tells of the warnings of a manifest that is valid. */
export function noteProblems({ output }: Session, problems: readonly Problem[]): void {
  if (problems.length > 0) output.note(...problems.flatMap((problem) => renderProblem(problem, output.paintNotes)));
}

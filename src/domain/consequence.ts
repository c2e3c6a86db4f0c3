import type { ErrorCode } from './errors.ts';

// What became of an image because of others; those others are named first.
const consequences: ReadonlySet<ErrorCode> = new Set([
  'images-blocked',
  'tolerance-exceeded',
  'rollout-rejected',
  'rollout-terminated',
  'cancelled',
]);

/** Whether an image with this error ended so because of others, or of a person, and not by itself. */
export function isConsequence(code: ErrorCode): boolean {
  return consequences.has(code);
}

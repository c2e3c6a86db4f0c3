import type { Hold } from '../../domain/holds.ts';
import { holdText, standingHolds } from '../../domain/holds.ts';
import { oneLine } from './text.ts';

/** The holds, a line each; those that have expired say so. */
export function renderHolds(holds: readonly Hold[], nowMs: number): readonly string[] {
  if (holds.length === 0) return ['Nothing is held.'];
  const standing = standingHolds(holds, nowMs);
  return holds.map((hold) => `${oneLine(holdText(hold))}${standing.includes(hold) ? '' : ' (expired)'}`);
}

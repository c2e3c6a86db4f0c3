import type { RolloutHead } from '../../contracts/report.ts';
import { oneLine } from './text.ts';

/** Who started a rollout, why, and what else was said of it. */
export function renderOrigin({
  startedAt,
  startedBy,
  reason,
  annotations,
}: Pick<RolloutHead, 'startedAt' | 'startedBy' | 'reason' | 'annotations'>): readonly string[] {
  const by = startedBy === '' ? '' : ` by ${oneLine(startedBy)}`;
  return [
    `started: ${startedAt}${by}${reason === null ? '' : `: ${oneLine(reason)}`}`,
    ...Object.entries(annotations).map(([key, value]) => `${oneLine(key)}: ${oneLine(value)}`),
  ];
}

import type { WriteResult } from '../contracts/activities.ts';
import type { Stage } from './acting.ts';
import type { Arrival } from './converging.ts';

/** What a step that writes hands on to the next one. */
export function writeResult({ attempt }: Stage, { observed, step }: Arrival): WriteResult {
  const { requestIds, memory, hasWritten } = attempt.record();
  const unpromoted = observed.shares.filter(({ featureSet }) => featureSet !== 'STANDARD');
  const seen = [...memory.ownShareArns, ...unpromoted.map(({ shareArn }) => shareArn)];
  const ownShareArns = [...new Set(seen)];
  return { hasWritten: hasWritten !== 'no', requestIds, ownShareArns, isAligned: step.kind === 'done' };
}

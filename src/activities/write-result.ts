import type { WriteResult } from '../contracts/activities.ts';
import type { Stage } from './acting.ts';
import { throttlingOf } from './record.ts';

/** What a step that writes hands on to the next one. */
export function writeResult({ attempt }: Stage): WriteResult {
  const { requestIds, memory, hasWritten } = attempt.record();
  return {
    hasWritten: hasWritten !== 'no',
    requestIds,
    ownShareArns: memory.ownShareArns,
    ...throttlingOf(attempt.record()),
  };
}

import { log, setHandler } from '@temporalio/workflow';
import type { Origin, Request } from '../contracts/requests.ts';
import {
  abortOptions,
  anOrigin,
  aStrategyChange,
  batchFailures,
  batchLastRunning,
} from '../contracts/message-shapes.ts';
import {
  abortUpdate,
  advanceUpdate,
  approveUpdate,
  failuresSignal,
  lastRunningSignal,
  pauseUpdate,
  rejectUpdate,
  resumeUpdate,
  setStrategyUpdate,
  statusQuery,
} from '../contracts/messages.ts';
import type { ControlEvent } from '../domain/control.ts';
import { control, isAwaited } from '../domain/control.ts';
import type { StrategyChange } from '../domain/strategy.ts';
import { listenTo, refusal, taking } from './checked.ts';
import type { BatchRecord, Rollout } from './rollout-state.ts';
import { holdingOf, isStopped, statusOf } from './rollout-state.ts';

// Every message is in the history; the result has the last ones.
const mostMessages = 50;

/** Registers what can be asked of a rollout. The handlers only note; the rollout reads and decides. */
export function listen(rollout: Rollout): void {
  setHandler(statusQuery, () => statusOf(rollout));
  setHandler(pauseUpdate, (origin) => note(rollout, { kind: 'pause' }, origin), taking([anOrigin]));
  setHandler(resumeUpdate, (origin) => note(rollout, { kind: 'resume' }, origin), taking([anOrigin]));
  setHandler(approveUpdate, (origin) => note(rollout, { kind: 'approve' }, origin), awaited(rollout, 'approve'));
  setHandler(rejectUpdate, (origin) => note(rollout, { kind: 'reject' }, origin), awaited(rollout, 'reject'));
  setHandler(advanceUpdate, (origin) => note(rollout, { kind: 'advance' }, origin), awaited(rollout, 'advance'));
  setHandler(
    abortUpdate,
    (origin, { isUndoing }) => note(rollout, { kind: 'abort', isUndoing }, origin),
    taking([anOrigin, abortOptions]),
  );
  setHandler(
    setStrategyUpdate,
    (origin, strategy) => note(rollout, { kind: 'set', strategy }, origin),
    unstopped(rollout),
  );
  listenTo(failuresSignal, batchFailures, ({ batchWorkflowId, ...told }) => {
    const batch = batchOf(rollout, batchWorkflowId);
    if (batch === undefined) return;
    batch.failureCount = Math.max(batch.failureCount, told.failureCount);
    batch.compensationFailedCount = Math.max(batch.compensationFailedCount, told.compensationFailedCount);
  });
  listenTo(lastRunningSignal, batchLastRunning, ({ batchWorkflowId, lastRunning }) => {
    const batch = batchOf(rollout, batchWorkflowId);
    if (batch !== undefined) batch.lastRunning = lastRunning;
  });
}

function batchOf(rollout: Rollout, batchWorkflowId: string): BatchRecord | undefined {
  return rollout.waves.flatMap((wave) => wave.batches).find(({ workflowId }) => workflowId === batchWorkflowId);
}

/** Notes a message; true where it changed something. */
function note(rollout: Rollout, request: Request, origin: Origin): boolean {
  const before = rollout.control;
  rollout.control = control(before, eventOf(rollout, request, origin));
  if (request.kind === 'abort') rollout.work.cancel();
  log.info(request.kind, { ...origin });
  if (rollout.control === before) return false;
  rollout.messages = [...rollout.messages, { ...origin, request, at: new Date().toISOString() }].slice(-mostMessages);
  return true;
}

function eventOf(rollout: Rollout, request: Request, { who }: Origin): ControlEvent {
  if (request.kind === 'approve') return { kind: 'approve', who };
  return request.kind === 'set' ? { ...request, holding: holdingOf(rollout) } : request;
}

function awaited(rollout: Rollout, kind: 'approve' | 'reject' | 'advance'): ReturnType<typeof taking<[Origin]>> {
  return taking<[Origin]>([anOrigin], () => {
    if (isAwaited(rollout.control, kind)) return;
    throw refusal('nothing-awaited', `The rollout waits for nothing that ${kind} could answer`);
  });
}

// Batches have ended by then with images that they did not start: a higher tolerance cannot bring those back.
function unstopped(rollout: Rollout): ReturnType<typeof taking<[Origin, StrategyChange]>> {
  return taking<[Origin, StrategyChange]>([anOrigin, aStrategyChange], () => {
    if (!isStopped(rollout)) return;
    throw refusal('rollout-finished', 'The rollout stops: it starts nothing new that other numbers could change');
  });
}

import type { StrategyChange } from './strategy.ts';
import { isOther, laterChange } from './strategy.ts';

/** What people have asked of a rollout so far, as far as it still matters. */
export interface Control {
  readonly isPaused: boolean;
  /** Why the rollout paused itself; null where a person did, or nobody. */
  readonly pauseReason: string | null;
  readonly isAborted: boolean;
  /** Whether what was done is put back after the abort. */
  readonly isUndoing: boolean;
  /** What is waited for now; null where nothing is. */
  readonly gate: Gate | null;
  /** What was changed of the strategy. */
  readonly strategy: StrategyChange;
}

/** A soak or an approval that is waited for. */
export interface Gate {
  readonly kind: 'soak' | 'approval';
  /** Distinct people who have to approve. */
  readonly required: number;
  readonly approvers: readonly string[];
  readonly isRejected: boolean;
  readonly isSkipped: boolean;
}

/** What happened to a rollout that runs. */
export type ControlEvent =
  | { readonly kind: 'pause' | 'resume' | 'reject' | 'advance' }
  | { readonly kind: 'abort'; readonly isUndoing: boolean }
  | { readonly kind: 'approve'; readonly who: string }
  /** With the numbers that hold until then, as far as they are known. */
  | { readonly kind: 'set'; readonly strategy: StrategyChange; readonly holding: StrategyChange }
  | { readonly kind: 'pause-itself'; readonly reason: string }
  | { readonly kind: 'gate-opened'; readonly gate: Pick<Gate, 'kind' | 'required'> }
  | { readonly kind: 'gate-closed' };

/** A rollout of which nothing was asked. */
export const noControl: Control = {
  isPaused: false,
  pauseReason: null,
  isAborted: false,
  isUndoing: false,
  gate: null,
  strategy: {},
};

/** The state after an event; the very same object where the event changes nothing. */
export function control(state: Control, event: ControlEvent): Control {
  switch (event.kind) {
    case 'pause':
      return state.isPaused ? state : { ...state, isPaused: true };
    case 'pause-itself':
      return state.isPaused ? state : { ...state, isPaused: true, pauseReason: event.reason };
    case 'resume':
      return state.isPaused ? { ...state, isPaused: false, pauseReason: null } : state;
    case 'abort':
      return state.isAborted && (state.isUndoing || !event.isUndoing)
        ? state
        : { ...state, isAborted: true, isUndoing: event.isUndoing };
    case 'gate-opened':
      return { ...state, gate: { ...event.gate, approvers: [], isRejected: false, isSkipped: false } };
    case 'gate-closed':
      return state.gate === null ? state : { ...state, gate: null };
    case 'advance':
      return withGate(state, (gate) => ({ ...gate, isSkipped: true }));
    case 'reject':
      return withGate(state, (gate) => (gate.kind === 'approval' ? { ...gate, isRejected: true } : gate));
    case 'approve':
      return withGate(state, (gate) => approved(gate, event.who));
    case 'set':
      return isOther(event.strategy, event.holding)
        ? { ...state, strategy: laterChange(state.strategy, event.strategy) }
        : state;
  }
}

/** Whether a gate lets the rollout go on, stops it, or still holds it. */
export function gateVerdict({
  kind,
  required,
  approvers,
  isRejected,
  isSkipped,
}: Gate): 'passed' | 'rejected' | 'waiting' {
  if (isRejected) return 'rejected';
  if (isSkipped) return 'passed';
  return kind === 'approval' && approvers.length >= required ? 'passed' : 'waiting';
}

/** Whether a message makes sense now: an answer needs a question. */
export function isAwaited({ gate }: Control, kind: 'approve' | 'reject' | 'advance'): boolean {
  return gate !== null && (kind === 'advance' || gate.kind === 'approval');
}

function withGate(state: Control, change: (gate: Gate) => Gate): Control {
  if (state.gate === null) return state;
  const gate = change(state.gate);
  return gate === state.gate ? state : { ...state, gate };
}

// The same person twice is one approval.
function approved(gate: Gate, who: string): Gate {
  if (gate.kind !== 'approval' || gate.approvers.includes(who)) return gate;
  return { ...gate, approvers: [...gate.approvers, who] };
}

import type { StrategyChange } from '../domain/strategy.ts';

/** Who sends a message, and why; kept in the history. */
export interface Origin {
  /** A claim, unless the cluster authenticates its clients. */
  readonly who: string;
  readonly reason: string;
}

/** What a message asks of a rollout. */
export type Request =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'approve' }
  | { readonly kind: 'reject' }
  | { readonly kind: 'advance' }
  /** With `isUndoing`, what was done is put back once nothing runs any more. */
  | { readonly kind: 'abort'; readonly isUndoing: boolean }
  | { readonly kind: 'set'; readonly strategy: StrategyChange };

/** A message as the rollout remembers it. */
export interface RecordedMessage extends Origin {
  readonly request: Request;
  /** ISO text. */
  readonly at: string;
}

import type { Hold } from '../domain/holds.ts';

/** Input of `keepHolds`. */
export interface HoldsInput {
  /** Those that stood before this run. */
  readonly holds: readonly Hold[];
}

/** The memo of `keepHolds`: what it keeps, to be read by `describe` without a worker. */
export interface HoldsMemo {
  readonly holds: readonly Hold[];
}

import { defineUpdate } from '@temporalio/workflow';
import type { Hold } from '../domain/holds.ts';
import type { Origin } from './requests.ts';

/** Input of `keepHolds`. */
export interface HoldsInput {
  /** Those that stood before this run. */
  readonly holds: readonly Hold[];
}

/** The memo of `keepHolds`: what it keeps, to be read by `describe` without a worker. */
export interface HoldsMemo {
  readonly holds: readonly Hold[];
}

// Each answers whether it changed anything, once the change can be read.

/** Refused where another hold has the name. */
export const addHoldUpdate = defineUpdate<boolean, [Hold]>('addHold');
/** Refused where no hold has the name. */
export const removeHoldUpdate = defineUpdate<boolean, [string, Origin]>('removeHold');

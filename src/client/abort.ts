import type { Origin } from '../contracts/requests.ts';
import { undoNameOf } from '../contracts/workflow-ids.ts';
import { AppError } from '../domain/errors.ts';
import { askRollout } from './ask.ts';
import type { TemporalAccess } from './connection.ts';
import { undoRollout } from './undo.ts';

/** How a rollout is aborted. */
export interface AbortOptions {
  /** What it has done is put back by the rollout `<name>-undo`, which starts by itself once nothing runs any more, if something was written. */
  readonly isUndoing?: boolean;
}

/** What an abort has come to. */
export interface Aborted {
  /** False where the rollout had ended before. */
  readonly wasRunning: boolean;
  /**
   * Name of the rollout that puts back what was done, if something was written: where the rollout was running, that is known
   * when it has ended. Null where none was asked for, or where it had ended and nothing was done.
   */
  readonly undoName: string | null;
}

/** Asks a rollout to end; see `PolicyRolloutClient.abort`. */
export async function abortRollout(
  access: TemporalAccess,
  rolloutName: string,
  origin: Origin,
  { isUndoing = false }: AbortOptions,
): Promise<Aborted> {
  try {
    await askRollout(access, rolloutName, { kind: 'abort', isUndoing }, origin);
    return { wasRunning: true, undoName: isUndoing ? undoNameOf(rolloutName) : null };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'rollout-finished') throw error;
    return { wasRunning: false, undoName: isUndoing ? await undoFinished(access, rolloutName, origin) : null };
  }
}

async function undoFinished(
  access: TemporalAccess,
  rolloutName: string,
  { who, reason }: Origin,
): Promise<string | null> {
  const undo = {
    startedBy: who,
    reason,
    annotations: {},
    isSkippingBlocked: true,
    isEmptyAllowed: false,
    overrides: [],
  };
  const started = await undoRollout(access, rolloutName, undo, { isGated: false });
  return started === null ? null : undoNameOf(rolloutName);
}

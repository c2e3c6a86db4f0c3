import type { Origin } from '../contracts/requests.ts';
import { AppError } from '../domain/errors.ts';
import { askRollout } from './ask.ts';
import type { TemporalAccess } from './connection.ts';

/** Asks a rollout to end; see `PolicyRolloutClient.abort`. */
export async function abortRollout(access: TemporalAccess, rolloutName: string, origin: Origin): Promise<boolean> {
  try {
    await askRollout(access, rolloutName, { kind: 'abort' }, origin);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'rollout-finished') return false;
    throw error;
  }
}

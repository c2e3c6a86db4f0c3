import { setTimeout as pause } from 'node:timers/promises';
import type { StatusReport } from '../contracts/report.ts';
import { rolloutWorkflowId } from '../contracts/workflow-ids.ts';
import { AppError } from '../domain/errors.ts';
import type { TemporalAccess } from './connection.ts';
import { describeRollout, rolloutStatus } from './rollout-status.ts';

/** How a rollout is followed. */
export interface FollowOptions {
  /** The run to follow; the newest when absent. */
  readonly runId?: string;
  /** Time between two looks, 1 s when absent; the end of the rollout is seen at once. */
  readonly intervalMs?: number;
  /** `wait-timed-out` is thrown after this time; the rollout goes on. */
  readonly timeoutMs?: number;
}

// A worker or server that is restarted is back within this time; a rollout survives it, so whoever watches does too.
const patienceMs = 60_000;
const passing = new Set<string>(['no-worker', 'temporal-unreachable']);

/** Yields where a rollout stands, until it has ended; see `PolicyRolloutClient.follow`. */
export async function* followRollout(
  access: TemporalAccess,
  rolloutName: string,
  { runId, intervalMs = 1_000, timeoutMs = Infinity }: FollowOptions,
): AsyncGenerator<StatusReport> {
  const deadline = Date.now() + timeoutMs;
  // From here on it is this run, although a new one of the same name may start.
  const { runId: followedRunId } = await describeRollout(access, rolloutName, runId);
  let failingSince: number | null = null;
  let last: StatusReport | null = null;
  for (;;) {
    try {
      const status = await rolloutStatus(access, rolloutName, followedRunId);
      failingSince = null;
      last = status;
      yield status;
      if (status.finishedAt !== null) return;
    } catch (error) {
      if (!(error instanceof AppError) || !passing.has(error.code)) throw error;
      failingSince ??= Date.now();
      if (Date.now() - failingSince > patienceMs) throw error;
      await pause(Math.min(intervalMs, 1_000));
    }
    const left = deadline - Date.now();
    if (left <= 0) {
      throw timedOut(rolloutName, last);
    }
    await untilEnded(access, rolloutName, followedRunId, Math.min(intervalMs, left));
  }
}

// Where AWS does not answer, that is what the caller has to know; what was started goes on all the same.
function timedOut(rolloutName: string, last: StatusReport | null): AppError {
  const heldUp = last?.heldUpBy ?? null;
  const detail = `The rollout ${rolloutName} has not ended`;
  if (heldUp === null) return new AppError('wait-timed-out', detail, { item: rolloutName });
  return new AppError(heldUp.code, `${detail}, and tries again: ${heldUp.detail}`, { item: rolloutName });
}

/** Returns when the run has ended, or after a time. */
async function untilEnded(
  { client }: TemporalAccess,
  rolloutName: string,
  runId: string,
  longestMs: number,
): Promise<void> {
  const over = new AbortController();
  const pauseOver = pause(longestMs);
  // Asks the server to answer at the end: one call that waits, no polling. It has no deadline, because the server answers
  // at once where less than a second is left, and the SDK would ask again and again.
  const ended = client.connection
    .withAbortSignal(over.signal, () => client.workflow.result(rolloutWorkflowId(rolloutName), runId))
    // Ended in failure, or unreachable: the status that follows says which. A call that fails at once must not spin.
    .catch(() => pauseOver);
  await Promise.race([ended, pauseOver]);
  over.abort();
}

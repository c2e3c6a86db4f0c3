import { AppError } from '../domain/errors.ts';
import type { TemporalAccess } from './connection.ts';

/** A task queue, and the way to ask Temporal about it. */
export type QueueAccess = Pick<TemporalAccess, 'client' | 'namespace' | 'taskQueue' | 'call'>;

// A worker's poll ends after a minute and is renewed at once; Temporal goes on naming those that left for five minutes.
const freshMs = 70_000;

/** Whether a worker has polled the task queue for workflows within the last 70 s. */
export async function hasWorker(access: QueueAccess): Promise<boolean> {
  return (await listWorkers(access)).length > 0;
}

/** Identities of the workers that have polled the task queue for workflows within the last 70 s. */
export async function listWorkers({ client, namespace, taskQueue, call }: QueueAccess): Promise<readonly string[]> {
  const { pollers } = await call(() =>
    client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
    }),
  );
  const oldest = Date.now() - freshMs;
  return pollers
    .filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 >= oldest)
    .map(({ identity }) => identity ?? '');
}

/** Throws `no-worker` where nobody polls the task queue. */
export async function requireWorker(access: QueueAccess): Promise<void> {
  if (!(await hasWorker(access))) throw noWorker(access, 'No worker polls');
}

/** The error for a request that Temporal has taken, and no worker has answered in time. */
export function unanswered(access: QueueAccess): AppError {
  return noWorker(
    access,
    'The request was sent, and may still be carried out when a worker comes; now none answers from',
  );
}

/** The error for a task queue from which no answer comes. */
export function noWorker({ taskQueue, namespace }: QueueAccess, what: string, cause?: unknown): AppError {
  const detail = `${what} the task queue ${taskQueue} of namespace ${namespace}`;
  return new AppError('no-worker', detail, { item: taskQueue, cause });
}

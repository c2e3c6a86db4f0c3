import { hostname } from 'node:os';
import type { Command } from 'commander';
import { AppError } from '../../domain/errors.ts';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

/** `policy-rollout worker`: starts a worker, and returns when it has drained after SIGTERM or Ctrl-C. */
export function workerCommand(session: Session): Command {
  return verb('worker', 'Run a worker, which does the work of rollouts.', 'AWS_PROFILE=images policy-rollout worker')
    .option('--check', 'only tell whether a worker of this host polls; exit code 69 where none does')
    .action(async ({ check }: { readonly check?: boolean }) => {
      if (check === true) return checkWorker(session);
      const { runWorker } = await import('../../worker.ts');
      await runWorker();
    });
}

// The health check of a container, which has a host name of its own.
function checkWorker(session: Session): Promise<void> {
  return withClient(session, async (client) => {
    const identities = (await client.workers()).filter((identity) => identity.endsWith(`@${hostname()}`));
    if (identities.length === 0) {
      throw new AppError('no-worker', `No worker of ${hostname()} polls ${client.taskQueue}`, {
        item: client.taskQueue,
      });
    }
    session.output.result([`${identities.join(', ')} polls`], { formatVersion: 1, identities });
  });
}

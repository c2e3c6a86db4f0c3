import type { Command } from 'commander';
import { verb } from '../verb.ts';

/** `policy-rollout worker`: starts a worker, and returns when it has drained after SIGTERM or Ctrl-C. */
export function workerCommand(): Command {
  return verb(
    'worker',
    'Run a worker, which does the work of rollouts.',
    'AWS_PROFILE=images policy-rollout worker',
  ).action(async () => {
    const { runWorker } = await import('../../worker.ts');
    await runWorker();
  });
}

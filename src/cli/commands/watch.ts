import type { Command } from 'commander';
import { showEnd } from '../end-of-rollout.ts';
import { followRollout, progressEvents, progressFor } from '../follow-rollout.ts';
import type { Session } from '../session.ts';
import { noWaitOption, timeoutOption, verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

/** `policy-rollout watch <rollout>`: follows a rollout to its end. */
export function watchCommand(session: Session): Command {
  return verb(
    'watch',
    'Follow a rollout to its end; with --json one line of JSON a change.',
    'policy-rollout watch golden-images',
  )
    .argument('<rollout>', 'name of the rollout, as in its manifest')
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .action((rolloutName: string, { timeout, wait }: { readonly timeout?: number; readonly wait: boolean }) =>
      withClient(session, async (client) => {
        const progress = session.output.isJson ? progressEvents(session) : progressFor(session);
        const options = {
          progress,
          isWaitingForPeople: wait,
          ...(timeout === undefined ? {} : { timeoutMs: timeout }),
        };
        const followed = await followRollout(session, client, rolloutName, options);
        await showEnd(session, client, { rolloutName, followed, isReportValue: false });
      }),
    );
}

import type { Command } from 'commander';
import type { FollowingOptions } from '../end-of-rollout.ts';
import { followToEnd } from '../end-of-rollout.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { withReportForms } from '../report-form.ts';
import type { Session } from '../session.ts';
import { noWaitOption, timeoutOption, verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

/** `policy-rollout watch <rollout>`: follows a rollout to its end. */
export function watchCommand(session: Session): Command {
  const command = verb(
    'watch',
    'Follow a rollout to its end; with --json one line of JSON a change.',
    'policy-rollout watch golden-images',
  ).argument('<rollout>', 'name of the rollout, as in its manifest');
  return withReportForms(command)
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .action((rolloutName: string, options: FollowingOptions) =>
      withClient(session, (client) => {
        const interruption = listenForInterrupt(session.io);
        return followToEnd(session, client, { rolloutName, interruption, isReportValue: false, options });
      }),
    );
}

import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import type { Session } from '../session.ts';
import { reasonOption, verb, yesOption } from '../verb.ts';
import { withClient } from '../with-client.ts';

/** `policy-rollout abort <rollout>`: ends a rollout; images in flight finish or are put back. */
export function abortCommand(session: Session): Command {
  return verb(
    'abort',
    'End a rollout: nothing new starts, images in flight finish or are put back.',
    'policy-rollout abort golden-images --reason "wrong account" --yes',
  )
    .argument('<rollout>', 'name of the rollout, as in its manifest')
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(yesOption())
    .action(async (rolloutName: string, { yes, reason }: { readonly yes?: true; readonly reason: string }) => {
      await confirm(session, `Abort ${rolloutName}?`, yes === true);
      await withClient(session, async (client) => {
        const wasRunning = await client.abort(rolloutName, { who: session.io.who, reason });
        const line = wasRunning
          ? `${rolloutName} is ending; follow it with: policy-rollout watch ${rolloutName}`
          : `${rolloutName} had ended already`;
        session.output.result([line], { formatVersion: 1, rolloutName, wasRunning });
      });
    });
}

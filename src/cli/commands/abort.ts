import type { Command } from 'commander';
import type { Aborted } from '../../client/abort.ts';
import { confirm } from '../confirm.ts';
import type { Session } from '../session.ts';
import { reasonOption, verb, yesOption } from '../verb.ts';
import { withClient } from '../with-client.ts';

interface AbortCommandOptions {
  readonly yes?: true;
  readonly reason: string;
  readonly undo?: true;
}

/** `policy-rollout abort <rollout>`: ends a rollout; images in flight finish or are put back. */
export function abortCommand(session: Session): Command {
  return verb(
    'abort',
    'End a rollout: nothing new starts, images in flight finish or are put back.',
    'policy-rollout abort golden-images --reason "wrong account" --yes',
  )
    .argument('<rollout>', 'name of the rollout, as in its manifest')
    .addOption(reasonOption().makeOptionMandatory())
    .option('--undo', 'then put back what was done in it, as a rollout of its own that starts by itself')
    .addOption(yesOption())
    .action(async (rolloutName: string, { yes, reason, undo }: AbortCommandOptions) => {
      const isUndoing = undo === true;
      await confirm(session, `Abort ${rolloutName}${isUndoing ? ' and undo it' : ''}?`, yes === true);
      await withClient(session, async (client) => {
        const aborted = await client.abort(rolloutName, { who: session.io.who, reason }, { isUndoing });
        const lines = linesOf(rolloutName, aborted, isUndoing);
        session.output.result(lines, { formatVersion: 1, rolloutName, ...aborted });
      });
    });
}

function linesOf(rolloutName: string, { wasRunning, undoName }: Aborted, isUndoing: boolean): readonly string[] {
  const ending = wasRunning
    ? `${rolloutName} is ending; follow it with: policy-rollout watch ${rolloutName}`
    : `${rolloutName} had ended already`;
  if (!isUndoing) return [ending];
  if (undoName === null) return [ending, 'nothing was written, so there is nothing to undo'];
  const following = `follow that with: policy-rollout watch ${undoName}`;
  // What a running rollout has written is known when it has ended.
  return [ending, `${wasRunning ? 'if something was written, it' : 'what it has done'} is put back; ${following}`];
}

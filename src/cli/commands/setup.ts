import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { renderSetup } from '../render/setup.ts';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

/** `policy-rollout setup`: makes a namespace ready for rollouts; safe to repeat. */
export function setupCommand(session: Session): Command {
  return verb(
    'setup',
    'Register the search attributes in the namespace; safe to repeat.',
    'TEMPORAL_NAMESPACE=images policy-rollout setup --retention 30',
  )
    .addOption(
      new Option(
        '--retention <days>',
        'keep finished rollouts this long, and make the namespace where it is missing',
      ).argParser(parseDays),
    )
    .action(({ retention }: { readonly retention?: number }) =>
      withClient(session, async (client) => {
        const result = await client.setup(retention === undefined ? {} : { retentionDays: retention });
        session.output.result(renderSetup(result), { formatVersion: 1, ...result });
      }),
    );
}

function parseDays(text: string): number {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days < 1) throw new InvalidArgumentError('Give a whole number of days, such as 30.');
  return days;
}

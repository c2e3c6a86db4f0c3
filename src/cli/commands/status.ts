import type { Command } from 'commander';
import { renderStatus } from '../render/status.ts';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

/** `policy-rollout status <rollout>`: where one rollout stands. */
export function statusCommand(session: Session): Command {
  return verb(
    'status',
    'Show how far a rollout is, what failed, and what it waits for.',
    'policy-rollout status golden-images',
  )
    .argument('<rollout>', 'name of the rollout, as in its manifest')
    .action((rolloutName: string) =>
      withClient(session, async (client) => {
        const status = await client.status(rolloutName);
        session.output.result(renderStatus(status, session.io.now(), session.output.paint), status);
      }),
    );
}

import type { Command } from 'commander';
import { renderReport } from '../render/report.ts';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

/** `policy-rollout report <rollout>`: what became of every image; needs no worker. */
export function reportCommand(session: Session): Command {
  return verb(
    'report',
    'Show what became of every image of a rollout, and why.',
    'policy-rollout report golden-images --json > report.json',
  )
    .argument('<rollout>', 'name of the rollout, as in its manifest')
    .action((rolloutName: string) =>
      withClient(session, async (client) => {
        const report = await client.report(rolloutName);
        const { io, output } = session;
        output.result(renderReport(report, { shown: 'all', nowMs: io.now() }, output.paint), report);
      }),
    );
}

import type { Command } from 'commander';
import type { RevocationRequest } from '../../client/revoke.ts';
import { confirm } from '../confirm.ts';
import { showEnd } from '../end-of-rollout.ts';
import { followRollout, progressFor } from '../follow-rollout.ts';
import { lookUntilInterrupted } from '../interrupt.ts';
import { requireIdentity } from '../principal-argument.ts';
import { renderPlan } from '../render/plan.ts';
import type { OriginOptions } from '../rollout-origin.ts';
import { rolloutOrigin } from '../rollout-origin.ts';
import type { Session } from '../session.ts';
import { overrideOption, reasonOption, timeoutOption, verb, yesOption } from '../verb.ts';
import { withClient } from '../with-client.ts';

interface RevokeOptions extends OriginOptions {
  readonly reason: string;
  readonly images?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly timeout?: number;
}

/** `policy-rollout revoke <principal>`: takes one principal's access from everything, now, and keeps it away. */
export function revokeCommand(session: Session): Command {
  return verb(
    'revoke',
    "Take one principal's access from every image that this tool has rolled out, now, and hold it off.",
    'policy-rollout revoke 222222222222 --reason "account compromised" --yes',
  )
    .argument('<principal>', 'account id, or ARN of a role or user')
    .option('--images <pattern>', 'only from images whose ARN this pattern covers')
    .option('--dry-run', 'show what would be done; writes nothing, and leaves no hold')
    .addOption(overrideOption())
    .addOption(timeoutOption())
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(yesOption())
    .action((principal: string, options: RevokeOptions) => revoke(session, principal, options));
}

async function revoke(session: Session, principal: string, options: RevokeOptions): Promise<void> {
  requireIdentity(principal);
  const { images } = options;
  const request = { principal, ...(images === undefined ? {} : { images }) };
  if (options.dryRun === true) return show(session, request, options);
  const { output } = session;
  await confirm(session, `Take the access of ${principal} from ${images ?? 'every image'}?`, options.yes === true);
  await withClient(session, async (client) => {
    await client.requireAttributes();
    const started = await client.revoke(request, rolloutOrigin(session, options));
    const { workflowId, runId, rolloutName, holdName } = started;
    output.note(`Held: ${holdName}; nobody gives ${principal} access until: policy-rollout holds remove ${holdName}`);
    output.note(`${started.isAttached ? 'Runs already' : 'Started'}: ${workflowId}, run ${runId}`);
    const followed = await followRollout(session, client, rolloutName, {
      runId,
      progress: progressFor(session),
      isWaitingForPeople: true,
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
    });
    await showEnd(session, client, { rolloutName, followed, isReportValue: true });
  });
}

async function show(session: Session, request: RevocationRequest, options: RevokeOptions): Promise<void> {
  const { output } = session;
  const origin = rolloutOrigin(session, options);
  const waiting = options.timeout === undefined ? {} : { timeoutMs: options.timeout };
  const made = await withClient(session, (client) =>
    lookUntilInterrupted(session, (signal) => client.planRevocation(request, origin, { signal, ...waiting })),
  );
  if (made === null) return;
  output.result(renderPlan(made, output.paint), made);
}

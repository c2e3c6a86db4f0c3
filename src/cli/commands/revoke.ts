import type { Command } from 'commander';
import type { RevocationRequest } from '../../client/revoke.ts';
import { commandWithReason } from '../../domain/printed-command.ts';
import { confirm } from '../confirm.ts';
import type { FollowingOptions } from '../end-of-rollout.ts';
import { followToEnd } from '../end-of-rollout.ts';
import { listenForInterrupt, lookUntilInterrupted } from '../interrupt.ts';
import { requireIdentity } from '../principal-argument.ts';
import { renderPlan } from '../render/plan.ts';
import { withReportForms } from '../report-form.ts';
import type { OriginOptions } from '../rollout-origin.ts';
import { rolloutOrigin } from '../rollout-origin.ts';
import type { Session } from '../session.ts';
import { overrideOption, reasonOption, timeoutOption, verb, yesOption } from '../verb.ts';
import { withClient } from '../with-client.ts';

interface RevokeOptions extends OriginOptions, Omit<FollowingOptions, 'wait'> {
  readonly reason: string;
  readonly images?: string;
  readonly dryRun?: true;
  readonly yes?: true;
}

/** `policy-rollout revoke <principal>`: takes one principal's access from everything, now, and keeps it away. */
export function revokeCommand(session: Session): Command {
  const command = verb(
    'revoke',
    "Take one principal's access from every image that this tool has rolled out, now, and hold it off.",
    'policy-rollout revoke 222222222222 --reason "account compromised" --yes',
  ).argument('<principal>', 'account id, or ARN of a role or user');
  return withReportForms(command)
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
    const interruption = listenForInterrupt(session.io);
    const started = await client.revoke(request, rolloutOrigin(session, options));
    const { workflowId, runId, rolloutName, holdName } = started;
    const release = commandWithReason(`holds remove ${holdName}`);
    output.note(`Held: ${holdName}; nobody gives ${principal} access until: ${release}`);
    output.note(`${started.isAttached ? 'Runs already' : 'Started'}: ${workflowId}, run ${runId}`);
    if (started.warning !== undefined) output.note(`warning: ${started.warning}`);
    const waiting = { ...options, wait: true };
    await followToEnd(session, client, { rolloutName, runId, interruption, isReportValue: true, options: waiting });
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

import type { PolicyRolloutClient } from '../client.ts';
import { AppError } from '../domain/errors.ts';
import { exitCodeOfRollout, exitCodes } from './exit-codes.ts';
import type { Followed } from './follow-rollout.ts';
import { renderReport } from './render/report.ts';
import { renderStatus } from './render/status.ts';
import type { Session } from './session.ts';
import { linksTo } from './ui-link.ts';

/** Which rollout ended a wait, and how. */
export interface EndOfRollout {
  readonly rolloutName: string;
  readonly followed: Followed;
  /** With `--json`: the whole report as the one document; otherwise every status was printed already. */
  readonly isReportValue: boolean;
  /** Address of Temporal's web UI, for links to what did not succeed. */
  readonly uiUrl?: string | undefined;
}

/** Tells how a rollout ended, or how to follow it again after Ctrl-C, and sets the exit code. */
export async function showEnd(session: Session, client: PolicyRolloutClient, end: EndOfRollout): Promise<void> {
  const { io, output, finish } = session;
  const { rolloutName, followed, isReportValue, uiUrl } = end;
  const { status, why } = followed;
  if (why === 'interrupted') {
    output.note(`Interrupted. The rollout goes on; follow it with: policy-rollout watch ${rolloutName}`);
    if (output.isJson && isReportValue && status !== null) output.result([], status);
    finish(exitCodes.interrupted);
    return;
  }
  if (status === null)
    throw new AppError('rollout-not-found', `Nothing is known of ${rolloutName}`, { item: rolloutName });
  if (why === 'person-needed' && !output.isJson) {
    // Whatever is said of it now is not its end.
    output.result(renderStatus(status, io.now(), output.paint), status);
  } else if (!output.isJson || isReportValue) {
    const report = await client.report(rolloutName, { runId: status.runId });
    const view = { shown: 'not-succeeded', nowMs: io.now(), linkOf: linksTo(uiUrl, client.namespace) } as const;
    output.result(renderReport(report, view, output.paint), report);
  }
  finish(exitCodeOfRollout(status));
}

import type { PolicyRolloutClient } from '../client.ts';
import { AppError } from '../domain/errors.ts';
import { exitCodeOfRollout, exitCodes } from './exit-codes.ts';
import type { Followed, OnStatus } from './follow-rollout.ts';
import { followRollout, progressEvents, progressFor } from './follow-rollout.ts';
import type { Interruption } from './interrupt.ts';
import { renderStatus } from './render/status.ts';
import type { ReportForm } from './report-form.ts';
import { reportLines, reportValue } from './report-form.ts';
import type { Session } from './session.ts';
import { linksTo } from './ui-link.ts';

/** What a command line says about how a rollout is followed. */
export interface FollowingOptions extends ReportForm {
  /** Milliseconds. */
  readonly timeout?: number;
  /** False ends the wait where an answer of a person is pending. */
  readonly wait: boolean;
  /** Address of Temporal's web UI, for links to what did not succeed. */
  readonly uiUrl?: string;
}

/** A rollout that somebody waits for. */
export interface FollowedRollout {
  readonly rolloutName: string;
  /** The run to follow; the newest when absent. */
  readonly runId?: string;
  readonly interruption: Interruption;
  /** With `--json`: the whole report as the one document; otherwise a line of JSON for each change. */
  readonly isReportValue: boolean;
  readonly onStatus?: OnStatus;
  readonly options: FollowingOptions;
}

/** Follows a rollout to its end, tells how it ended, or how to follow it again after Ctrl-C, and sets the exit code. */
export async function followToEnd(session: Session, client: PolicyRolloutClient, one: FollowedRollout): Promise<void> {
  const { rolloutName, runId, interruption, isReportValue, onStatus } = one;
  const { timeout, wait } = one.options;
  const isNdjson = session.output.isJson && !isReportValue;
  const followed = await followRollout(session, client, rolloutName, {
    progress: isNdjson ? progressEvents(session) : progressFor(session),
    interruption,
    isWaitingForPeople: wait,
    ...(onStatus === undefined ? {} : { onStatus }),
    ...(runId === undefined ? {} : { runId }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  });
  await showEnd(session, client, one, followed);
}

async function showEnd(
  session: Session,
  client: PolicyRolloutClient,
  { rolloutName, isReportValue, options }: FollowedRollout,
  { status, why }: Followed,
): Promise<void> {
  const { io, output, finish } = session;
  if (why === 'interrupted') {
    output.note(`Interrupted. The rollout goes on; follow it with: policy-rollout watch ${rolloutName}`);
    if (output.isJson && isReportValue && status !== null) output.result([], status);
    finish(exitCodes.interrupted);
    return;
  }
  if (status === null)
    throw new AppError('rollout-not-found', `Nothing is known of ${rolloutName}`, { item: rolloutName });
  const isText = !output.isJson && options.csv === undefined && options.markdown === undefined;
  if (why === 'person-needed' && isText) {
    // Whatever is said of it now is not its end.
    output.result(renderStatus(status, io.now(), output.paint), status);
  } else if (!output.isJson || isReportValue) {
    const report = await client.report(rolloutName, { runId: status.runId });
    const view = { shown: 'not-succeeded', linkOf: linksTo(options.uiUrl, client.namespace) } as const;
    output.result(reportLines(session, report, options, view), reportValue(report));
  }
  finish(exitCodeOfRollout(status));
}

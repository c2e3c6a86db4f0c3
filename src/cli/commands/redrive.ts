import type { Command } from 'commander';
import type { PolicyRolloutClient } from '../../client.ts';
import type { Started } from '../../client/start.ts';
import type { BaselinesDocument } from '../../contracts/baselines.ts';
import type { RolloutOrigin } from '../../contracts/rollout.ts';
import { undoNameOf } from '../../contracts/workflow-ids.ts';
import type { OverridableGuardrail } from '../../domain/guardrails.ts';
import { confirm } from '../confirm.ts';
import type { FollowingOptions } from '../end-of-rollout.ts';
import { followToEnd } from '../end-of-rollout.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { withReportForms } from '../report-form.ts';
import { rolloutOrigin } from '../rollout-origin.ts';
import type { Session } from '../session.ts';
import {
  annotationOption,
  noWaitOption,
  overrideOption,
  reasonOption,
  timeoutOption,
  verb,
  yesOption,
} from '../verb.ts';
import { withClient } from '../with-client.ts';

interface AgainOptions extends FollowingOptions {
  readonly yes?: true;
  readonly reason: string;
  readonly annotation?: Readonly<Record<string, string>>;
  readonly override?: readonly OverridableGuardrail[];
  readonly detach?: true;
  readonly skipBlocked?: true;
  readonly from?: string;
}

/** A command that starts something anew out of a finished rollout. */
interface Again {
  readonly question: (rolloutName: string) => string;
  readonly start: (
    client: PolicyRolloutClient,
    rolloutName: string,
    origin: RolloutOrigin,
    baselines: BaselinesDocument | null,
  ) => Promise<Started | null>;
  readonly nothing: string;
  /** Name of the rollout that is started. */
  readonly nameOf: (rolloutName: string) => string;
}

/** `policy-rollout redrive <rollout>`: runs again what did not succeed. */
export function redriveCommand(session: Session): Command {
  return againCommand(
    session,
    verb(
      'redrive',
      'Run again the images of a finished rollout that did not succeed, under the same name.',
      'policy-rollout redrive golden-images --reason "throttling is over" --yes',
    ).option('--skip-blocked', 'go on without the images that cannot be changed'),
    {
      question: (name) => `Run again what did not succeed in ${name}?`,
      start: (client, name, origin) => client.redrive(name, origin),
      nothing: 'every image has succeeded already; there is nothing to redrive',
      nameOf: (name) => name,
    },
  );
}

/** `policy-rollout undo <rollout>`: puts every image back to its baseline. */
export function undoCommand(session: Session): Command {
  return againCommand(
    session,
    verb(
      'undo',
      'Put every image of a finished rollout back to what it gave before, unless somebody has changed it since.',
      'policy-rollout undo golden-images --reason "wrong accounts" --yes',
    ).option('--from <file>', 'take the baselines from a file that `policy-rollout report --with-baselines` has kept'),
    {
      question: (name) => `Put the images of ${name} back to what they gave before?`,
      start: (client, name, origin, baselines) =>
        baselines === null ? client.undo(name, origin) : client.undoFrom(baselines, origin),
      nothing: 'the rollout has left nothing behind; there is nothing to undo',
      nameOf: undoNameOf,
    },
  );
}

function againCommand(session: Session, command: Command, again: Again): Command {
  return withReportForms(command.argument('<rollout>', 'name of the rollout, as in its manifest'))
    .option('--detach', 'return as soon as it is started')
    .addOption(overrideOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(annotationOption())
    .addOption(yesOption())
    .action((rolloutName: string, options: AgainOptions) => runAgain(session, rolloutName, options, again));
}

async function runAgain(session: Session, rolloutName: string, options: AgainOptions, again: Again): Promise<void> {
  const { output } = session;
  const baselines = options.from === undefined ? null : await baselinesIn(options.from, rolloutName);
  await confirm(session, again.question(rolloutName), options.yes === true);
  await withClient(session, async (client) => {
    await client.requireWorker();
    const interruption = listenForInterrupt(session.io);
    const started = await again.start(client, rolloutName, rolloutOrigin(session, options), baselines);
    if (started === null) {
      const line = `${rolloutName}: ${again.nothing}`;
      // A sentence is no line of a table.
      if (options.csv === true) output.note(line);
      else output.result([line], { formatVersion: 1, rolloutName, isStarted: false });
      return;
    }
    const name = again.nameOf(rolloutName);
    output.note(`Started: ${started.workflowId}, run ${started.runId}`);
    if (started.warning !== undefined) output.note(`warning: ${started.warning}`);
    if (options.detach === true) {
      const value = { formatVersion: 1, rolloutName: name, ...started };
      output.result([`follow it with: policy-rollout watch ${name}`], value);
      return;
    }
    const { runId } = started;
    await followToEnd(session, client, { rolloutName: name, runId, interruption, isReportValue: true, options });
  });
}

async function baselinesIn(path: string, rolloutName: string): Promise<BaselinesDocument> {
  // Loaded only where it is needed, as all that reads files is.
  const { readBaselinesFile } = await import('../../config/baselines-file.ts');
  return readBaselinesFile(path, rolloutName);
}

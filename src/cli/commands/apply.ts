import type { Command } from 'commander';
import type { PolicyRolloutClient } from '../../client.ts';
import type { Started } from '../../client/start.ts';
import type { RolloutOrigin, RolloutSpec } from '../../contracts/rollout.ts';
import { AppError } from '../../domain/errors.ts';
import type { OverridableGuardrail } from '../../domain/guardrails.ts';
import { confirm } from '../confirm.ts';
import { showEnd } from '../end-of-rollout.ts';
import { followRollout, progressFor } from '../follow-rollout.ts';
import { noteProblems } from '../note-problems.ts';
import { imagesText } from '../render/validation.ts';
import type { Session } from '../session.ts';
import { uiLink } from '../ui-link.ts';
import {
  annotationOption,
  noWaitOption,
  overrideOption,
  reasonOption,
  timeoutOption,
  uiUrlOption,
  verb,
  yesOption,
} from '../verb.ts';
import { withClient } from '../with-client.ts';

interface ApplyOptions {
  readonly yes?: true;
  readonly reason?: string;
  readonly annotation?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly detach?: true;
  readonly skipBlocked?: true;
  readonly allowEmpty?: true;
  readonly override?: readonly OverridableGuardrail[];
  readonly wait: boolean;
  readonly uiUrl?: string;
}

/** `policy-rollout apply <manifest>`: rolls a policy out, and waits for the end. */
export function applyCommand(session: Session): Command {
  return verb(
    'apply',
    'Roll the policy of a manifest out to its images, and wait for the end.',
    'policy-rollout apply golden-images.yaml --reason "new account"',
  )
    .argument('<manifest>', 'YAML or JSON file')
    .option('--detach', 'return as soon as the rollout is started')
    .option('--skip-blocked', 'go on without the images that cannot be changed')
    .option('--allow-empty', 'a selection that finds no image is well')
    .addOption(overrideOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(reasonOption())
    .addOption(annotationOption())
    .addOption(yesOption())
    .addOption(uiUrlOption())
    .action((path: string, options: ApplyOptions) => apply(session, path, options));
}

async function apply(session: Session, path: string, options: ApplyOptions): Promise<void> {
  const { loadManifest } = await import('../../config/load.ts');
  const { override: overrides = [], reason } = options;
  if (overrides.length > 0 && reason === undefined) {
    throw new AppError('usage-wrong', 'A guardrail is set aside for a reason: give --reason', {
      item: overrides.join(),
    });
  }
  const { spec, problems } = await loadManifest(path, { overrides });
  noteProblems(session, problems);
  await confirm(session, `Roll ${spec.rolloutName} out to ${imagesText(spec)}?`, options.yes === true);
  await withClient(session, async (client) => {
    const started = await start(client, spec, originOf(session, options));
    noteStart(session, client, started, options.uiUrl);
    if (options.detach === true) {
      const value = { formatVersion: 1, rolloutName: spec.rolloutName, ...started };
      session.output.result([`follow it with: policy-rollout watch ${spec.rolloutName}`], value);
      return;
    }
    const { runId } = started;
    const waiting = {
      runId,
      progress: progressFor(session),
      isWaitingForPeople: options.wait,
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
    };
    const followed = await followRollout(session, client, spec.rolloutName, waiting);
    await showEnd(session, client, { rolloutName: spec.rolloutName, followed, isReportValue: true });
  });
}

async function start(client: PolicyRolloutClient, spec: RolloutSpec, origin: RolloutOrigin): Promise<Started> {
  await client.requireAttributes();
  await client.requireWorker();
  return client.startRollout(spec, origin);
}

function originOf({ io }: Session, options: ApplyOptions): RolloutOrigin {
  const { reason, annotation, skipBlocked, allowEmpty, override } = options;
  return {
    startedBy: io.who,
    ...(reason === undefined ? {} : { reason }),
    annotations: annotation ?? {},
    isSkippingBlocked: skipBlocked === true,
    isEmptyAllowed: allowEmpty === true,
    overrides: [...new Set(override)],
  };
}

function noteStart({ output }: Session, client: PolicyRolloutClient, started: Started, uiUrl?: string): void {
  output.note(`${started.isAttached ? 'Runs already' : 'Started'}: ${started.workflowId}, run ${started.runId}`);
  if (uiUrl !== undefined) output.note(`Temporal UI: ${uiLink(uiUrl, client.namespace, started)}`);
}

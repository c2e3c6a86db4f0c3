import type { Command } from 'commander';
import type { PolicyRolloutClient } from '../../client.ts';
import type { Started } from '../../client/start.ts';
import type { RolloutSpec } from '../../contracts/rollout.ts';
import { requireAnswerer } from '../confirm.ts';
import type { FollowingOptions } from '../end-of-rollout.ts';
import { followToEnd } from '../end-of-rollout.ts';
import type { Interruption } from '../interrupt.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { withReportForms } from '../report-form.ts';
import type { OriginOptions } from '../rollout-origin.ts';
import { rolloutOrigin } from '../rollout-origin.ts';
import type { AgreedRollout, PlanFileOptions } from '../rollout-to-apply.ts';
import { agree, readRollout } from '../rollout-to-apply.ts';
import type { Session } from '../session.ts';
import { scheduleHandover, tellOfSchedules } from '../superseded-schedules.ts';
import { uiLink } from '../ui-link.ts';
import {
  allowEmptyOption,
  annotationOption,
  maxAgeOption,
  noWaitOption,
  overrideOption,
  reasonOption,
  timeoutOption,
  uiUrlOption,
  verb,
  yesOption,
} from '../verb.ts';
import { withClient } from '../with-client.ts';

interface ApplyOptions extends OriginOptions, PlanFileOptions, FollowingOptions {
  readonly detach?: true;
}

/** `policy-rollout apply <file>`: rolls out the policy of a manifest, or a plan, and waits for the end. */
export function applyCommand(session: Session): Command {
  const command = verb(
    'apply',
    'Roll the policy of a manifest out to its images, or just what a plan says, and wait for the end.',
    'policy-rollout apply golden-images.yaml --reason "new account"',
  ).argument('<manifest>', 'YAML or JSON file, or a plan that `policy-rollout plan --out` has kept');
  return withReportForms(command)
    .option('--detach', 'return as soon as the rollout is started')
    .option('--skip-blocked', 'go on without the images that cannot be changed')
    .option('--replan', 'decide anew for images that have changed since the plan')
    .option('--plan-sha256 <sha256>', 'apply the plan only if its file has this SHA-256')
    .option('--allow-irreversible', 'take access even from accounts that would have to accept it anew')
    .option('--update-schedule', 'give the schedules of this rollout its manifest when it has begun')
    .addOption(maxAgeOption())
    .addOption(allowEmptyOption())
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
  const origin = rolloutOrigin(session, options);
  const asked = await readRollout(session, path, options, origin);
  requireAnswerer(session, options.yes === true);
  await withClient(session, async (client) => {
    await requireReady(client);
    // Before a plan is made: what runs already was agreed to, and a new plan would be another one.
    const running = asked.plan === null ? await client.runningRollout(asked.spec) : null;
    const agreed = running === null ? await agree(session, client, asked, { origin, options }) : null;
    if (running === null && agreed === null) return;
    const interruption = listenForInterrupt(session.io);
    const { spec, plan }: AgreedRollout = agreed ?? { spec: asked.spec };
    const started = running ?? (await client.startRollout(spec, origin, plan));
    noteStart(session, client, started, options.uiUrl);
    await followOrLeave(session, client, { spec: asked.spec, started, interruption, options });
  });
}

interface Following {
  /** Of the manifest as it is: what was agreed to names the images that its selections find today. */
  readonly spec: RolloutSpec;
  readonly started: Started;
  readonly interruption: Interruption;
  readonly options: ApplyOptions;
}

/** Follows a rollout to its end, or leaves it to itself, and tells of the schedules of its name, or has them keep up with it. */
async function followOrLeave(session: Session, client: PolicyRolloutClient, following: Following): Promise<void> {
  const { spec, started, interruption, options } = following;
  const { rolloutName } = spec;
  const handover = options.updateSchedule === true ? scheduleHandover(session, client, spec) : null;
  if (handover === null) await tellOfSchedules(session, client, spec);
  try {
    if (options.detach === true) {
      if (handover !== null) await interruption.until(handover.untilBegun(started.runId, options.timeout));
      const value = { formatVersion: 1, rolloutName, ...started };
      session.output.result([`follow it with: policy-rollout watch ${rolloutName}`], value);
      return;
    }
    await followToEnd(session, client, {
      ...{ rolloutName, runId: started.runId, interruption, isReportValue: true, options },
      ...(handover === null ? {} : { onStatus: handover.see }),
    });
  } finally {
    handover?.leave();
  }
}

async function requireReady(client: PolicyRolloutClient): Promise<void> {
  await client.requireAttributes();
  await client.requireWorker();
}

function noteStart({ output }: Session, client: PolicyRolloutClient, started: Started, uiUrl?: string): void {
  output.note(`${started.isAttached ? 'Runs already' : 'Started'}: ${started.workflowId}, run ${started.runId}`);
  if (uiUrl !== undefined) output.note(`Temporal UI: ${uiLink(uiUrl, client.namespace, started)}`);
}

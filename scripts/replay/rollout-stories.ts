import type { Client } from '@temporalio/client';
import type { PolicyRolloutClient } from '../../src/client.ts';
import { batchWorkflowId, imageWorkflowId, rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { RolloutSpec } from '../../src/contracts/rollout.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import {
  quickTiming,
  rigOrigin,
  rigSpec,
  sharedEarlier,
  unpromotable,
  unshared,
} from '../../test/support/rig-images.ts';

/** A history to be kept, by the name of its file. */
export interface Recording {
  readonly name: string;
  readonly workflowId: string;
}

const images = {
  success: unshared('recorded-success'),
  narrowed: sharedEarlier('recorded-narrowed'),
  compensated: unpromotable('recorded-compensated'),
  'compensation-failed': unpromotable('recorded-compensation-failed'),
} as const;
const cancelled = unshared('recorded-cancelled');
const cutOff = unshared('recorded-cut-off');
const gated = [unshared('recorded-gated-first'), unshared('recorded-gated-rest')] as const;

// Only the undo's put is denied.
const undoDenied: FaultRule = {
  operation: 'PutImagePolicy',
  image: images['compensation-failed'].image,
  skip: 1,
  times: 'always',
  answer: { kind: 'error', status: 403, name: 'ForbiddenException' },
};

/** What the simulator holds before the stories of rollouts begin. */
export const beginnings = [...Object.values(images), cancelled, cutOff, ...gated];
export const storyFaults: readonly FaultRule[] = [undoDenied];
/** Long enough that RAM's own pauses, and the cancel, are part of the histories. */
export const storySettings = { shareLagMs: 300, promotionLagMs: 1_500, associationLagMs: 300 };

/** What the stories are played with. */
export interface Stage {
  readonly client: PolicyRolloutClient;
  readonly temporal: Client;
  readonly simulator: Simulator;
}

/** Who asks something in a story, and why. */
export const asking = { who: 'ann@host', reason: 'a story' } as const;

/** Plays the stories of rollouts, and says which histories came of them. */
export async function playRollouts(stage: Stage): Promise<readonly Recording[]> {
  const { client, temporal } = stage;
  const names = Object.keys(images);
  const all = Object.values(images).map(({ image }) => image);
  const ended = await rollOut(stage, storySpec('recorded', all));
  const stopped = await rollOut(stage, storySpec('recorded-cancelled', [cancelled.image]), async () => {
    await untilPromoting(stage, cancelled.image);
    await temporal.workflow.getHandle(rolloutWorkflowId('recorded-cancelled')).cancel();
  });
  const cut = await rollOut(stage, storySpec('recorded-cut-off', [cutOff.image]), async ({ runId }) => {
    await untilPromoting(stage, cutOff.image);
    await temporal.workflow.getHandle(batchWorkflowId('recorded-cut-off', runId, 'all', 1)).terminate('a story');
  });
  const waited = await rollOut(stage, gatedSpec(), async ({ rolloutName }) => {
    await client.ask(rolloutName, { kind: 'pause' }, asking);
    await client.ask(rolloutName, { kind: 'resume' }, asking);
    await until(async () => (await client.status(rolloutName)).state === 'WAITING_FOR_APPROVAL');
    await client.ask(rolloutName, { kind: 'approve' }, asking);
  });
  return [
    ...recordingsOf('', ended),
    ...all.map((image, index) => ({ name: `image-${names[index] ?? ''}`, workflowId: imageWorkflowId(image) })),
    ...recordingsOf('-cancelled', stopped),
    { name: 'image-cancelled', workflowId: imageWorkflowId(cancelled.image) },
    { name: 'root-cut-off', workflowId: rolloutWorkflowId(cut.rolloutName) },
    { name: 'root-gated', workflowId: rolloutWorkflowId(waited.rolloutName) },
  ];
}

/** The spec of a rollout in a story. */
export function storySpec(rolloutName: string, rolledOut: readonly ImageArn[]): RolloutSpec {
  return rigSpec(rolloutName, rolledOut, { timing: { ...quickTiming, unansweredMs: 1_000 } });
}

/** A rollout with a soak and an approval behind its first wave. */
function gatedSpec(): RolloutSpec {
  const rolledOut = gated.map(({ image }) => image);
  const spec = storySpec('recorded-gated', rolledOut);
  const approval = { required: 1, timeoutMs: 600_000 };
  const waves = [{ name: 'first', count: 1, soakMs: 500, approval }, { name: 'rest' }];
  return { ...spec, strategy: { ...spec.strategy, waves } };
}

interface RunOfRollout {
  readonly rolloutName: string;
  readonly runId: string;
}

/** Plays one rollout to its end; something may happen to it meanwhile. */
export async function rollOut(
  { client }: Stage,
  spec: RolloutSpec,
  meanwhile: (run: RunOfRollout) => Promise<void> = () => Promise.resolve(),
): Promise<RunOfRollout> {
  const { rolloutName } = spec;
  const { runId } = await client.startRollout(spec, rigOrigin);
  await meanwhile({ rolloutName, runId });
  await client.outcome(rolloutName);
  return { rolloutName, runId };
}

function recordingsOf(suffix: string, { rolloutName, runId }: RunOfRollout): readonly Recording[] {
  return [
    { name: `root${suffix}`, workflowId: rolloutWorkflowId(rolloutName) },
    { name: `batch${suffix}`, workflowId: batchWorkflowId(rolloutName, runId, 'all', 1) },
  ];
}

function untilPromoting({ simulator }: Stage, image: ImageArn): Promise<void> {
  return until(() =>
    Promise.resolve(
      simulator.image(image)?.shares.some(({ featureSet }) => featureSet !== 'CREATED_FROM_POLICY') === true,
    ),
  );
}

/** Waits until something is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

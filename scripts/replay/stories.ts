import type { Client } from '@temporalio/client';
import type { PolicyRolloutClient } from '../../src/client.ts';
import { batchWorkflowId, imageWorkflowId, rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
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
  cancelled: unshared('recorded-cancelled'),
} as const;

// Only the undo's put is denied.
const undoDenied: FaultRule = {
  operation: 'PutImagePolicy',
  image: images['compensation-failed'].image,
  skip: 1,
  times: 'always',
  answer: { kind: 'error', status: 403, name: 'ForbiddenException' },
};

/** What the simulator holds before the stories begin. */
export const beginnings = Object.values(images);
export const storyFaults: readonly FaultRule[] = [undoDenied];
/** Long enough that RAM's own pauses, and the cancel, are part of the histories. */
export const storySettings = { shareLagMs: 300, promotionLagMs: 1_500, associationLagMs: 300 };

/** What the stories are played with. */
export interface Stage {
  readonly client: PolicyRolloutClient;
  readonly temporal: Client;
  readonly simulator: Simulator;
}

/** Plays all stories, and says which histories came of them. */
export async function playStories(stage: Stage): Promise<readonly Recording[]> {
  const { cancelled, ...others } = images;
  const names = Object.keys(others);
  const all = Object.values(others).map(({ image }) => image);
  const root = await rollOut(stage, 'recorded', all, () => Promise.resolve());
  const ended = await rollOut(stage, 'recorded-cancelled', [cancelled.image], async () => {
    await untilPromoting(stage, cancelled.image);
    await stage.temporal.workflow.getHandle(rolloutWorkflowId('recorded-cancelled')).cancel();
  });
  return [
    ...recordingsOf('', root),
    ...all.map((image, index) => ({ name: `image-${names[index] ?? ''}`, workflowId: imageWorkflowId(image) })),
    ...recordingsOf('-cancelled', ended),
    { name: 'image-cancelled', workflowId: imageWorkflowId(cancelled.image) },
  ];
}

async function rollOut(
  { client }: Stage,
  rolloutName: string,
  rolledOut: readonly ImageArn[],
  meanwhile: () => Promise<void>,
): Promise<{ readonly rolloutName: string; readonly runId: string }> {
  const timing = { ...quickTiming, unansweredMs: 1_000 };
  const { runId } = await client.startRollout(rigSpec(rolloutName, rolledOut, { timing }), rigOrigin);
  await meanwhile();
  await client.outcome(rolloutName);
  return { rolloutName, runId };
}

function recordingsOf(
  suffix: string,
  { rolloutName, runId }: { readonly rolloutName: string; readonly runId: string },
): readonly Recording[] {
  return [
    { name: `root${suffix}`, workflowId: rolloutWorkflowId(rolloutName) },
    { name: `batch${suffix}`, workflowId: batchWorkflowId(rolloutName, runId, 'all', 1) },
  ];
}

async function untilPromoting({ simulator }: Stage, image: ImageArn): Promise<void> {
  const isPromoting = () =>
    simulator.image(image)?.shares.some(({ featureSet }) => featureSet !== 'CREATED_FROM_POLICY');
  while (isPromoting() !== true) await new Promise((resolve) => setTimeout(resolve, 20));
}

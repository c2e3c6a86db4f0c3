import { isSelectedAnew } from '../contracts/report.ts';
import type { RolloutInput, RolloutOrigin } from '../contracts/rollout.ts';
import { rolloutWorkflowId } from '../contracts/workflow-ids.ts';
import { parseImageArn } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import { compactImageSet } from '../domain/image-set.ts';
import { countImages, sumCounts } from '../domain/image-state.ts';
import type { TemporalAccess } from './connection.ts';
import { readWorkflowInput } from './history.ts';
import type { ReadRollout } from './read-report.ts';
import { readRollout } from './read-report.ts';
import { isRolloutInput } from './report.ts';
import { describeRollout } from './rollout-status.ts';
import type { Started } from './start.ts';
import { startRollout } from './start.ts';
import { isWorkflowOpen } from './workflow-open.ts';

/** Runs again what did not succeed; see `PolicyRolloutClient.redrive`. */
export async function redriveRollout(
  access: TemporalAccess,
  rolloutName: string,
  origin: RolloutOrigin,
): Promise<Started | null> {
  const { runId, input, report } = await finishedRollout(access, rolloutName);
  const isDone = (state: string): boolean => state === 'SUCCEEDED' || state === 'UNCHANGED';
  const remaining = report.images.filter(({ state }) => !isDone(state));
  // Where its images were never known nothing was written, so all of it is left.
  const isAll = isSelectedAnew(report);
  if (remaining.length === 0 && !isAll) return null;
  const kept = report.images.filter(({ state }) => isDone(state));
  const images = compactImageSet(remaining.map(({ imageArn }) => parseImageArn(imageArn)));
  return startRollout(access, {
    spec: isAll ? input.spec : { ...input.spec, images, selections: [] },
    origin: withAllowed(origin, input.origin),
    redrive: {
      count: (input.redrive?.count ?? 0) + 1,
      previousRunId: runId,
      since: input.redrive?.since ?? report.startedAt,
      keptCounts: sumCounts([
        countImages(kept.map(({ state }) => state)),
        ...(report.forgotten === undefined ? [] : [report.forgotten.counts]),
      ]),
    },
    ...(input.undo === undefined ? {} : { undo: input.undo }),
    ...(input.revocation === undefined ? {} : { revocation: input.revocation }),
  });
}

/** Who allowed something did so for the images that are left, too. */
function withAllowed(origin: RolloutOrigin, { isEmptyAllowed, isIrreversibleAllowed }: RolloutOrigin): RolloutOrigin {
  return {
    ...origin,
    isEmptyAllowed: origin.isEmptyAllowed || isEmptyAllowed,
    ...(isIrreversibleAllowed === true ? { isIrreversibleAllowed } : {}),
  };
}

/** A rollout that has ended, with what it was started with. Throws `rollout-running` and `rollout-not-found`. */
export async function finishedRollout(
  access: TemporalAccess,
  rolloutName: string,
): Promise<ReadRollout & { readonly runId: string; readonly input: RolloutInput }> {
  const { runId, status } = await describeRollout(access, rolloutName);
  if (status.name === 'RUNNING' || status.name === 'PAUSED') throw stillRunning(rolloutName);
  const input = await readWorkflowInput(access.client, rolloutWorkflowId(rolloutName), runId);
  const rollout = await readRollout(access, rolloutName, runId);
  if (isRolloutInput(input)) return { ...rollout, runId, input };
  throw new AppError('internal', `The history of the rollout ${rolloutName} does not begin with a rollout`, {
    item: rolloutName,
  });
}

/** Nothing where a rollout has ended, or nobody knows it any more. Throws `rollout-running`. */
export async function requireFinished(access: TemporalAccess, rolloutName: string): Promise<void> {
  if (await access.call(() => isWorkflowOpen(access.client, rolloutWorkflowId(rolloutName))))
    throw stillRunning(rolloutName);
}

function stillRunning(rolloutName: string): AppError {
  return new AppError('rollout-running', `The rollout ${rolloutName} is still running`, { item: rolloutName });
}

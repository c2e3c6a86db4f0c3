import { CancellationScope, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { RolloutInput, RolloutOrigin, StartedUndo } from '../contracts/rollout.ts';
import { rolloutMemo } from '../contracts/rollout-memo.ts';
import { rolloutNameAttribute } from '../contracts/search-attributes.ts';
import { undoInput, withoutGates } from '../contracts/undo-input.ts';
import { rolloutWorkflowId, undoNameOf } from '../contracts/workflow-ids.ts';
import { imageCount } from '../domain/image-set.ts';
import { inspectionOf } from './activities.ts';
import type { Rollout } from './rollout-state.ts';

/**
 * Starts the rollout that undoes this one, where whoever aborted it asked for that and everything has ended. It goes on
 * by itself when this one has ended, so nobody has to stay.
 */
export async function undoAborted(rollout: Rollout): Promise<void> {
  if (!rollout.control.isUndoing) return;
  rollout.undo = await CancellationScope.nonCancellable(() => startUndo(rollout));
}

async function startUndo(rollout: Rollout): Promise<StartedUndo> {
  const { spec, redrive } = rollout.input;
  const rolloutName = undoNameOf(spec.rolloutName);
  try {
    const { runId, startTime } = workflowInfo();
    const { selectWritten } = inspectionOf(`find what ${spec.rolloutName} has written`);
    const images = await selectWritten({ rolloutName: spec.rolloutName, runId });
    if (imageCount(images) === 0) return { rolloutName, runId: null, detail: 'nothing was written' };
    const since = redrive?.since ?? startTime.toISOString();
    const input = withoutGates(undoInput({ input: rollout.input, since, images }, originOf(rollout)));
    return { rolloutName, runId: await start(input) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { rolloutName, runId: null, detail: `it could not be started: ${detail}` };
  }
}

async function start(input: RolloutInput): Promise<string> {
  const { spec, undo } = input;
  const child = await startChild('rolloutImages', {
    args: [input],
    workflowId: rolloutWorkflowId(spec.rolloutName),
    parentClosePolicy: ParentClosePolicy.ABANDON,
    memo: rolloutMemo(input),
    typedSearchAttributes: [{ key: rolloutNameAttribute, value: spec.rolloutName }],
    staticSummary: `Undo the rollout ${undo?.rolloutName ?? ''} at ${imageCount(spec.images)} images`,
  });
  return child.firstExecutionRunId;
}

/** Whoever aborted the rollout wants it undone. */
function originOf({ messages, input }: Rollout): RolloutOrigin {
  const message = messages.findLast(({ request }) => request.kind === 'abort' && request.isUndoing);
  return {
    startedBy: message?.who ?? input.origin.startedBy,
    reason: message?.reason ?? `${input.spec.rolloutName} was aborted`,
    annotations: input.origin.annotations,
    isSkippingBlocked: true,
    isEmptyAllowed: false,
    overrides: [],
  };
}

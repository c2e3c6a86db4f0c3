import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { RolloutInput, RolloutOutcome } from '../contracts/rollout.ts';
import { rolloutMemo } from '../contracts/rollout-memo.ts';
import type { ScheduleInput } from '../contracts/schedule.ts';
import { scheduledRunAnnotation } from '../contracts/schedule.ts';
import { rolloutNameAttribute } from '../contracts/search-attributes.ts';
import { rolloutWorkflowId, scheduleId } from '../contracts/workflow-ids.ts';
import { compactImageSet, imageCount, imagesOf } from '../domain/image-set.ts';
import type { rolloutImages } from './rollout-images.ts';
import { runChild } from './run-child.ts';
import type { LookedAt } from './scheduled-look.ts';

/** How the rollout of a run has ended. */
export interface EndedRollout {
  readonly runId: string;
  readonly outcome: RolloutOutcome;
}

/**
 * Rolls out to just these images, as `rollout/<name>`, and waits for the end; null where that is running already. Who
 * terminates the run wants it to stop: the rollout then finishes or puts back what it has begun, and no more.
 */
export async function rollOutScheduled(
  schedule: ScheduleInput,
  changing: readonly LookedAt[],
): Promise<EndedRollout | null> {
  const input = inputOf(schedule, changing);
  const { spec } = input;
  let runId = '';
  try {
    const outcome = await runChild(async () => {
      const child = await startChild<typeof rolloutImages>('rolloutImages', {
        args: [input],
        workflowId: rolloutWorkflowId(spec.rolloutName),
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        memo: rolloutMemo(input),
        typedSearchAttributes: [{ key: rolloutNameAttribute, value: spec.rolloutName }],
        staticSummary: `Roll the image policy ${spec.rolloutName} out to ${imageCount(spec.images)} images, as scheduled`,
      });
      runId = child.firstExecutionRunId;
      return child;
    });
    return { runId, outcome };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

function inputOf({ scheduleName, spec, reason }: ScheduleInput, changing: readonly LookedAt[]): RolloutInput {
  const fingerprints = new Map(changing.map(({ image, fingerprint }) => [image, fingerprint ?? '']));
  const images = compactImageSet(changing.map(({ image }) => image));
  return {
    spec: {
      ...spec,
      images,
      selections: [],
      // Of all images, it was checked; here every image is one to change.
      guardrails: { ...spec.guardrails, maxChangedPercentage: 100 },
    },
    origin: {
      startedBy: scheduleId(scheduleName),
      ...(reason === undefined ? {} : { reason }),
      annotations: { [scheduledRunAnnotation]: workflowInfo().workflowId },
      // One image that cannot be changed must not keep the others from being shared.
      isSkippingBlocked: true,
      isEmptyAllowed: true,
      overrides: [],
    },
    // Whoever takes access away between the look and the write is respected too.
    plan: {
      planSha256: spec.manifestSha256,
      fingerprints: imagesOf(images).map((image) => fingerprints.get(image) ?? ''),
      isReplanning: false,
    },
  };
}

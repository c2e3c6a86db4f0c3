import {
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { RolloutInput } from '../contracts/rollout.ts';
import { rolloutMemo } from '../contracts/rollout-memo.ts';
import type { AppliedImages, ScheduleActivities, ScheduledOutcome, ScheduleInput } from '../contracts/schedule.ts';
import { rolloutNameAttribute } from '../contracts/search-attributes.ts';
import { rolloutWorkflowId, scheduleId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { compactImageSet, imageCount, imagesOf } from '../domain/image-set.ts';
import type { LookedAtImage, ScheduledImageStep } from '../domain/scheduled-change.ts';
import { scheduledImageStep, scheduledRunStep } from '../domain/scheduled-change.ts';
import { inspectionOf } from './activities.ts';
import { stepFailureOf } from './failures.ts';
import { mapInLanes } from './lanes.ts';
import { rolloutImages } from './rollout-images.ts';
import { runChild } from './run-child.ts';
import { selectImagesOf } from './select-images.ts';

const imagesPerActivity = 200;
const atOnce = 4;

const { readApplied, pauseSchedule } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '15s',
  scheduleToCloseTimeout: '1h',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

interface Step {
  readonly image: ImageArn;
  readonly step: ScheduledImageStep;
}

/**
 * One run of a schedule: looks at the images of the manifest, and rolls out to those that its mode is for.
 *
 * - Id: `schedule/<name>-<time>`; Temporal adds the time.
 * - Result: what was found and done.
 * - Child: `rollout/<name>`, with just the images that are to be changed; none where there is nothing to do.
 * - Continues as new: never; 10,000 images are 50 activities.
 * - Invariants: access that somebody took away is not given back, unless the schedule regrants.
 */
export async function scheduledRollout(input: ScheduleInput): Promise<ScheduledOutcome> {
  const outcome = await run(input);
  setCurrentDetails(`**${outcome.kind}**`);
  return outcome;
}

async function run(input: ScheduleInput): Promise<ScheduledOutcome> {
  const steps: Step[] = [];
  try {
    steps.push(...(await decide(input)));
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, detail } = stepFailureOf(error);
    return { ...outcomeOf('failed', steps, detail), error: { code, detail } };
  }
  const next = scheduledRunStep(steps, input.rules);
  switch (next.kind) {
    case 'nothing':
      return outcomeOf('nothing-to-do', steps, 'No image is to be changed');
    case 'pause': {
      const why = `${next.wantedCount} images are to be changed, and a run may change ${next.maxCount}`;
      await pauseSchedule({ scheduleName: input.scheduleName, note: why });
      return outcomeOf('paused', steps, why);
    }
    case 'rollout':
      return rollOut(input, steps, next.images);
  }
}

async function decide(input: ScheduleInput): Promise<readonly Step[]> {
  const applied = await readApplied({ rolloutName: input.spec.rolloutName });
  const images = await selectImagesOf(input.spec);
  const found = await look(input, images, applied);
  const nowMs = Date.now();
  return found.map((one) => ({ image: one.image, step: scheduledImageStep(one, input.rules, nowMs) }));
}

async function look(
  { spec }: ScheduleInput,
  images: readonly ImageArn[],
  applied: AppliedImages | null,
): Promise<readonly LookedAtImage[]> {
  const { workflowId, runId } = workflowInfo();
  const known = new Set(applied === null ? [] : imagesOf(applied.images));
  const slices = Array.from({ length: Math.ceil(images.length / imagesPerActivity) }, (_, index) =>
    images.slice(index * imagesPerActivity, (index + 1) * imagesPerActivity),
  );
  const found = await mapInLanes(slices, atOnce, async (slice) => {
    const looked: LookedAtImage[] = [];
    for (let rest = compactImageSet(slice); imageCount(rest) > 0;) {
      const { describeImages } = inspectionOf(`look at ${imageCount(rest)} images of ${spec.rolloutName}`);
      const description = await describeImages({
        purpose: 'drift',
        images: rest,
        policy: { sha256: spec.policySha256, workflowId, runId },
        ...(applied === null ? {} : { applied: applied.policy }),
        options: spec.options,
        guardrails: spec.guardrails,
        rules: spec.guardrails,
        imageCount: images.length,
        isTagged: false,
      });
      for (const { image, action, drift } of description.images) {
        const kinds = drift === undefined ? [] : (description.drifts[drift]?.kinds ?? []);
        looked.push({ image, action, driftKinds: known.has(image) ? kinds : null, repairedAtMs: [] });
      }
      ({ rest } = description);
    }
    return looked;
  });
  return found.flat();
}

async function rollOut(
  { scheduleName, spec, origin }: ScheduleInput,
  steps: readonly Step[],
  images: readonly ImageArn[],
): Promise<ScheduledOutcome> {
  const child: RolloutInput = {
    spec: { ...spec, images: compactImageSet(images), selections: [] },
    origin: { ...origin, startedBy: scheduleId(scheduleName) },
  };
  let runId = '';
  try {
    const { state, counts } = await runChild(async () => {
      const started = await startChild(rolloutImages, {
        args: [child],
        workflowId: rolloutWorkflowId(spec.rolloutName),
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        memo: rolloutMemo(child.spec, child.origin),
        typedSearchAttributes: [{ key: rolloutNameAttribute, value: spec.rolloutName }],
        staticSummary: `Roll the image policy ${spec.rolloutName} out to ${images.length} images, as scheduled`,
      });
      runId = started.firstExecutionRunId;
      return started;
    });
    const outcome = {
      ...outcomeOf('rolled-out', steps, `The rollout ended ${state}`),
      rollout: { runId, state, counts },
    };
    if (state !== 'ABORTED' && counts.compensationFailed === 0) return outcome;
    const why = state === 'ABORTED' ? 'a scheduled rollout was aborted' : 'the undo of an image failed';
    await pauseSchedule({ scheduleName, note: why });
    return { ...outcome, kind: 'paused', detail: why };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return outcomeOf('rollout-running', steps, `Another rollout ${spec.rolloutName} is running`);
  }
}

function outcomeOf(kind: ScheduledOutcome['kind'], steps: readonly Step[], detail: string): ScheduledOutcome {
  const changed = steps.filter(({ step }) => step.kind === 'share' || step.kind === 'repair');
  const count = (isCounted: (step: ScheduledImageStep) => boolean): number =>
    steps.filter(({ step }) => isCounted(step)).length;
  const isLeft = (step: ScheduledImageStep, why: string): boolean => step.kind === 'leave' && step.why === why;
  const inSync = count((step) => isLeft(step, 'in-sync'));
  const removedOutside = count((step) => isLeft(step, 'removed-outside'));
  return {
    kind,
    detail,
    counts: {
      total: steps.length,
      shared: count((step) => step.kind === 'share'),
      repaired: count((step) => step.kind === 'repair'),
      inSync,
      removedOutside,
      left: steps.length - changed.length - inSync - removedOutside,
    },
    images: compactImageSet(kind === 'rolled-out' ? changed.map(({ image }) => image) : []),
  };
}

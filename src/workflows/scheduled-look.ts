import { workflowInfo } from '@temporalio/workflow';
import type { Description } from '../contracts/plan.ts';
import type { ScheduleInput } from '../contracts/schedule.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { LookedAtImage, ScheduledImageStep } from '../domain/scheduled-change.ts';
import { scheduledImageStep } from '../domain/scheduled-change.ts';
import type { Question } from './describe-images.ts';
import { describeInSlices } from './describe-images.ts';
import { selectImagesOf } from './select-images.ts';

/** An image that a run has looked at, and what becomes of it. */
export interface LookedAt extends LookedAtImage {
  readonly step: ScheduledImageStep;
  /** Changes as soon as anything about its access does; null where it could not be read. */
  readonly fingerprint: string | null;
  /** Why it is BLOCKED, in words. */
  readonly detail?: string;
}

/** Looks at every image of the manifest, new builds included, and decides what becomes of each. */
export async function lookForSchedule(
  input: ScheduleInput,
  flapping: ReadonlySet<ImageArn>,
): Promise<readonly LookedAt[]> {
  const { images } = await selectImagesOf(input.spec);
  const descriptions = await describeInSlices(images, questionOf(input, images.length));
  return descriptions.flatMap((description) =>
    lookedAtIn(description).map((one) => ({
      ...one,
      step: scheduledImageStep(one, input.rules, flapping.has(one.image)),
    })),
  );
}

function questionOf({ spec }: ScheduleInput, total: number): Question {
  const { workflowId, runId } = workflowInfo();
  return {
    purpose: 'schedule',
    policy: { sha256: spec.policySha256, workflowId, runId },
    rolloutName: spec.rolloutName,
    options: spec.options,
    guardrails: spec.guardrails,
    rules: spec.guardrails,
    imageCount: total,
    isTagged: false,
  };
}

function lookedAtIn({ images, drifts }: Description) {
  return images.map((one) => {
    const { image, action, fingerprint, code, detail, drift: driftAt, isUnproven = false } = one;
    const drift = driftAt === undefined ? undefined : drifts[driftAt];
    return {
      image,
      action,
      fingerprint,
      isSeen: fingerprint !== null,
      driftKinds: drift?.kinds ?? (isUnproven ? [] : null),
      isUnproven,
      isUndone: one.isUndone === true,
      isManifestChanged: one.isManifestChanged === true,
      hasLost: drift?.diff.some(({ loses }) => loses.length > 0) === true,
      ...(code === undefined ? {} : { code }),
      ...(detail === undefined ? {} : { detail }),
    };
  });
}

import { workflowInfo } from '@temporalio/workflow';
import type { Description } from '../contracts/plan.ts';
import type { ScheduleInput } from '../contracts/schedule.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { ImageArn } from '../domain/arn.ts';
import { compactImageSet, imageCount } from '../domain/image-set.ts';
import type { LookedAtImage, ScheduledImageStep } from '../domain/scheduled-change.ts';
import { scheduledImageStep } from '../domain/scheduled-change.ts';
import { inspectionOf } from './activities.ts';
import { mapInLanes } from './lanes.ts';
import { selectImagesOf } from './select-images.ts';

const imagesPerActivity = 200;
const atOnce = 4;

/** An image that a run has looked at, and what becomes of it. */
export interface LookedAt extends LookedAtImage {
  readonly step: ScheduledImageStep;
  /** Changes as soon as anything about its access does; null where it could not be read. */
  readonly fingerprint: string | null;
  /** Why it is BLOCKED. */
  readonly code?: ErrorCode;
}

/** Looks at every image of the manifest, new builds included, and decides what becomes of each. */
export async function lookForSchedule(
  input: ScheduleInput,
  flapping: ReadonlySet<ImageArn>,
): Promise<readonly LookedAt[]> {
  const images = await selectImagesOf(input.spec);
  const slices = Array.from({ length: Math.ceil(images.length / imagesPerActivity) }, (_, index) =>
    images.slice(index * imagesPerActivity, (index + 1) * imagesPerActivity),
  );
  const descriptions = await mapInLanes(slices, atOnce, (slice) => describe(input, slice, images.length));
  return descriptions.flat().flatMap((description) =>
    lookedAtIn(description).map((one) => ({
      ...one,
      step: scheduledImageStep(one, input.rules, flapping.has(one.image)),
    })),
  );
}

async function describe(
  { spec }: ScheduleInput,
  images: readonly ImageArn[],
  total: number,
): Promise<readonly Description[]> {
  const { workflowId, runId } = workflowInfo();
  const found: Description[] = [];
  for (let rest = compactImageSet(images); imageCount(rest) > 0;) {
    const { describeImages } = inspectionOf(`look at ${imageCount(rest)} images of ${spec.rolloutName}`);
    const description = await describeImages({
      purpose: 'schedule',
      images: rest,
      policy: { sha256: spec.policySha256, workflowId, runId },
      rolloutName: spec.rolloutName,
      options: spec.options,
      guardrails: spec.guardrails,
      rules: spec.guardrails,
      imageCount: total,
      isTagged: false,
    });
    found.push(description);
    ({ rest } = description);
  }
  return found;
}

function lookedAtIn({ images, drifts }: Description) {
  return images.map(({ image, action, fingerprint, code, drift: driftAt }) => {
    const drift = driftAt === undefined ? undefined : drifts[driftAt];
    return {
      image,
      action,
      fingerprint,
      driftKinds: drift?.kinds ?? null,
      hasLost: drift?.diff.some(({ loses }) => loses.length > 0) === true,
      ...(code === undefined ? {} : { code }),
    };
  });
}

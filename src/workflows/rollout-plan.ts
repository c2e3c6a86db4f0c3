import type { StepFailure } from '../contracts/activities.ts';
import type { ImageArn } from '../domain/arn.ts';
import { matchesGlob } from '../domain/glob.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import { moveCounts } from '../domain/image-state.ts';
import { withoutOverridden } from '../domain/guardrails.ts';
import { effectivePace } from '../domain/strategy.ts';
import { planWaves } from '../domain/waves.ts';
import { inspectionOf } from './activities.ts';
import { mapInLanes } from './lanes.ts';
import type { Rollout } from './rollout-state.ts';
import { addFailures, refuse, startCounts } from './rollout-state.ts';

// One activity looks at so many images; its result has at most some 150 bytes for each.
const imagesPerInspection = 200;
const atOnce = 4;

/** An image that has to be changed, with the tags that were asked for. */
interface Changing {
  readonly image: ImageArn;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Looks at every image and deals those that have to be changed to waves. Refuses the rollout, before its first write,
 * where a guardrail or an image stands against it.
 */
export async function planRollout(rollout: Rollout): Promise<void> {
  const { spec, origin } = rollout.input;
  const images = await selectAll(rollout);
  rollout.counts = startCounts(rollout.input, images.length);
  if (images.length === 0 && !origin.isEmptyAllowed) {
    refuse(rollout, 'REFUSED', { code: 'selection-empty', detail: `${spec.rolloutName} selects no image` });
    return;
  }
  const changing = await inspectAll(rollout, images);
  if (isRefused(rollout, changing.length)) return;
  const tags = new Map(changing.map((one) => [one.image, one.tags]));
  const toChange = changing.map(({ image }) => image);
  rollout.effective = effectivePace(toChange.length, spec.strategy);
  const waves = planWaves(toChange, spec.strategy.waves, (image) => tags.get(image) ?? {});
  rollout.waves = waves.map((plan) => ({ plan, state: 'PENDING', batches: [], soakFailureCount: 0 }));
}

/** Nothing was written: without knowing the images there is nothing to decide. */
export function failToPlan(rollout: Rollout, { code, detail }: StepFailure): void {
  refuse(rollout, 'FAILED', { code, detail });
}

async function selectAll({ input }: Rollout): Promise<readonly ImageArn[]> {
  const { images, selections, exclude, options, rolloutName } = input.spec;
  const places = selections.flatMap((selection) => selection.regions.map((region) => ({ selection, region })));
  const found = await mapInLanes(places, atOnce, async ({ selection, region }) => {
    const { selectImages } = inspectionOf(
      `select ${selection.name} in ${selection.account} ${region} for ${rolloutName}`,
    );
    return imagesOf(await selectImages({ selection, region, options }));
  });
  const kept = found.flat().filter((image) => !exclude.some((pattern) => matchesGlob(pattern, image)));
  return [...new Set([...imagesOf(images), ...kept])];
}

async function inspectAll(rollout: Rollout, images: readonly ImageArn[]): Promise<readonly Changing[]> {
  const slices = Array.from({ length: Math.ceil(images.length / imagesPerInspection) }, (_, index) =>
    images.slice(index * imagesPerInspection, (index + 1) * imagesPerInspection),
  );
  return (await mapInLanes(slices, atOnce, (slice) => inspect(rollout, slice, images.length))).flat();
}

async function inspect(
  rollout: Rollout,
  images: readonly ImageArn[],
  imageCount: number,
): Promise<readonly Changing[]> {
  const { spec, origin } = rollout.input;
  const inspection = await inspectionOf(`look at ${images.length} images of ${spec.rolloutName}`).inspectImages({
    images: compactImageSet(images),
    policy: rollout.policy,
    options: spec.options,
    guardrails: withoutOverridden(spec.guardrails, origin.overrides),
    imageCount,
    isTagged: spec.strategy.waves.some(({ match }) => match?.tags !== undefined),
    ...(rollout.earlier === undefined ? {} : { earlier: rollout.earlier }),
  });
  rollout.limitsSha256 = inspection.limitsSha256;
  for (const { image, verdict } of inspection.verdicts) {
    if (verdict.action === 'UNCHANGED') rollout.counts = moveCounts(rollout.counts, 'PENDING', 'UNCHANGED');
    if (verdict.action !== 'BLOCKED') continue;
    rollout.counts = moveCounts(rollout.counts, 'PENDING', 'SKIPPED');
    addFailures(rollout, [{ imageArn: image, code: verdict.code, detail: verdict.detail }]);
  }
  return inspection.verdicts
    .filter(({ verdict }) => verdict.action === 'CHANGE')
    .map(({ image, tags = {} }) => ({ image, tags }));
}

function isRefused(rollout: Rollout, changingCount: number): boolean {
  const { spec, origin } = rollout.input;
  const { skipped, total } = rollout.counts;
  if (skipped > 0 && !origin.isSkippingBlocked) {
    refuse(rollout, 'REFUSED', { code: 'images-blocked', detail: `${skipped} of ${total} images cannot be changed` });
  }
  const { maxChangedPercentage } = withoutOverridden(spec.guardrails, origin.overrides);
  if (changingCount * 100 > maxChangedPercentage * total) {
    const detail = `${changingCount} of ${total} images would change, and guardrails.maxChangedPercentage is ${maxChangedPercentage}`;
    refuse(rollout, 'REFUSED', { code: 'guardrail-violated', detail });
  }
  return rollout.refusal !== null;
}

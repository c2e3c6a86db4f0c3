import { workflowInfo } from '@temporalio/workflow';
import type { InspectedImage, StepFailure } from '../contracts/activities.ts';
import type { EndedImage } from '../contracts/ledger.ts';
import type { ImageArn } from '../domain/arn.ts';
import { chunksOf } from '../domain/chunks.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import { moveCounts, pendingCounts } from '../domain/image-state.ts';
import { withoutOverridden } from '../domain/guardrails.ts';
import { effectivePace } from '../domain/strategy.ts';
import { planWaves } from '../domain/waves.ts';
import { inspectionOf } from './activities.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { recordApplied } from './record-applied.ts';
import { recordBegun } from './record-begun.ts';
import { optionsOf, withCaps } from './rollout-options.ts';
import type { Rollout } from './rollout-state.ts';
import { addFailures, countThrottled, refuse, startCounts } from './rollout-state.ts';
import { selectImagesOf } from './select-images.ts';

// One activity looks at so many images; its result has at most some 150 bytes for each.
const imagesPerInspection = 200;
const imagesPerRecord = 1000;
const atOnce = 4;

/**
 * Looks at every image and deals those that have to be changed to waves. Refuses the rollout, before its first write,
 * where a guardrail or an image stands against it.
 */
export async function planImages(rollout: Rollout): Promise<void> {
  const { spec, origin } = rollout.input;
  const { images } = await selectImagesOf(spec);
  rollout.counts = startCounts(rollout.input, images.length);
  if (images.length === 0 && !origin.isEmptyAllowed) {
    refuse(rollout, 'REFUSED', { code: 'selection-empty', detail: `${spec.rolloutName} selects no image` });
    return;
  }
  const verdicts = await inspectAll(rollout, images);
  const changing = verdicts.filter(({ verdict }) => verdict.action === 'CHANGE');
  const stale = verdicts.filter(({ verdict }) => verdict.action === 'BLOCKED' && verdict.code === 'plan-stale');
  if (isRefused(rollout, changing.length, stale.length)) return;
  await recordBegun(rollout.input);
  await recordUnchanged(rollout, verdicts);
  const tags = new Map(changing.map((one) => [one.image, one.tags ?? {}]));
  const toChange = changing.map(({ image }) => image);
  rollout.effective = effectivePace(toChange.length, spec.strategy);
  const waves = planWaves(toChange, spec.strategy.waves, (image) => tags.get(image) ?? {});
  rollout.waves = waves.map((plan) => ({
    plan,
    state: 'PENDING',
    counts: pendingCounts(plan.images.length),
    batches: [],
    soakFailureCount: 0,
  }));
}

/** Ends a rollout of which a step of its own has failed: before its first wave nothing was written, later that stays. */
export function failWork(rollout: Rollout, failure: StepFailure): void {
  const { code, detail } = failure;
  countThrottled(rollout, failure);
  const left = rollout.waves.length === 0 ? '' : '; what the waves have written by then stays';
  refuse(rollout, 'FAILED', { code, detail: `${detail}${left}` });
}

async function inspectAll(rollout: Rollout, images: readonly ImageArn[]): Promise<readonly InspectedImage[]> {
  const slices = chunksOf(images, imagesPerInspection);
  return (await mapInLanes(slices, atOnce, (slice) => inspect(rollout, slice, images.length))).flat();
}

async function inspect(
  rollout: Rollout,
  images: readonly ImageArn[],
  imageCount: number,
): Promise<readonly InspectedImage[]> {
  const { spec, origin } = rollout.input;
  const set = compactImageSet(images);
  const inspection = await inspectionOf(`look at ${images.length} images of ${spec.rolloutName}`).inspectImages({
    images: set,
    policy: rollout.policy,
    options: withCaps(optionsOf(rollout.input), rollout.control.strategy.rateLimits),
    guardrails: withoutOverridden(spec.guardrails, origin.overrides),
    imageCount,
    isTagged: spec.strategy.waves.some(({ match }) => match?.tags !== undefined),
    isIrreversibleAllowed:
      origin.isIrreversibleAllowed === true || rollout.earlier?.kind === 'undo' || 'withoutPrincipal' in rollout.policy,
    ...plannedFor(rollout, set),
    ...(rollout.earlier === undefined ? {} : { earlier: rollout.earlier }),
  });
  rollout.limitsSha256 = inspection.limitsSha256;
  countThrottled(rollout, inspection);
  for (const { image, verdict } of inspection.verdicts) {
    if (verdict.action === 'UNCHANGED') rollout.counts = moveCounts(rollout.counts, 'PENDING', 'UNCHANGED');
    if (verdict.action !== 'BLOCKED') continue;
    rollout.counts = moveCounts(rollout.counts, 'PENDING', 'SKIPPED');
    addFailures(rollout, [{ imageArn: image, code: verdict.code, detail: verdict.detail }]);
  }
  return inspection.verdicts;
}

/** The ledger knows what was in sync when the rollout came. */
async function recordUnchanged(rollout: Rollout, verdicts: readonly InspectedImage[]): Promise<void> {
  const { spec } = rollout.input;
  const unchanged = verdicts.flatMap(({ image, verdict }): EndedImage | [] =>
    verdict.action === 'UNCHANGED'
      ? { image, state: 'UNCHANGED', shareArns: verdict.shareArns, hasWritten: false }
      : [],
  );
  const { runId } = workflowInfo();
  const { rolloutName, manifestSha256 } = spec;
  await mapInLanes(chunksOf(unchanged, imagesPerRecord), atOnce, (slice) =>
    recordApplied({ ...rollout, rolloutName, manifestSha256, runId }, slice),
  );
}

/** What the plan saw of some images, where one is carried out. */
function plannedFor({ input }: Rollout, images: CompactImageSet): { readonly planned?: readonly string[] } {
  const { plan, spec } = input;
  if (plan === undefined || plan.isReplanning) return {};
  const seen = new Map(imagesOf(spec.images).map((image, index) => [image, plan.fingerprints[index] ?? '']));
  return { planned: imagesOf(images).map((image) => seen.get(image) ?? '') };
}

/** Images that have changed since the plan are left alone and do not stand against the others. */
function isRefused(rollout: Rollout, changingCount: number, staleCount: number): boolean {
  const { spec, origin } = rollout.input;
  const { skipped, total } = rollout.counts;
  if (skipped > staleCount && !origin.isSkippingBlocked) {
    const detail = `${skipped - staleCount} of ${total} images cannot be changed`;
    refuse(rollout, 'REFUSED', { code: 'images-blocked', detail });
  }
  if (staleCount > 0 && changingCount === 0) {
    const detail = `${staleCount} of ${total} images have changed since the plan, and none is left to change`;
    refuse(rollout, 'REFUSED', { code: 'plan-stale', detail });
  }
  const { maxChangedPercentage } = withoutOverridden(spec.guardrails, origin.overrides);
  if (changingCount * 100 > maxChangedPercentage * total) {
    const detail = `${changingCount} of ${total} images would change, and guardrails.maxChangedPercentage is ${maxChangedPercentage}`;
    refuse(rollout, 'REFUSED', { code: 'guardrail-violated', detail });
  }
  return rollout.refusal !== null;
}

import { isCancellation, workflowInfo } from '@temporalio/workflow';
import type { PolicyReference } from '../contracts/image.ts';
import { planInput } from '../contracts/input-shapes.ts';
import type { DescribedImage, PlanInput, PlanOutcome } from '../contracts/plan.ts';
import type { RolloutError } from '../contracts/rollout.ts';
import type { ImageArn } from '../domain/arn.ts';
import { withoutOverridden } from '../domain/guardrails.ts';
import { compactImageSet, partitionOf } from '../domain/image-set.ts';
import { effectivePace } from '../domain/strategy.ts';
import { planWaves } from '../domain/waves.ts';
import { inspectionOf } from './activities.ts';
import { requireInput } from './checked.ts';
import type { Question } from './describe-images.ts';
import { describeInSlices } from './describe-images.ts';
import { stepFailureOf } from './failures.ts';
import { optionsOf } from './rollout-options.ts';
import { selectImagesOf } from './select-images.ts';

// Beyond this many accounts and Regions their quotas are not read: the calls would outnumber those for the images.
const mostQuotaPlaces = 50;

/**
 * Looks at the images of a manifest and tells what a rollout would do, what has changed since the last one, or who sees
 * them. It writes nothing.
 *
 * - Id: `plan/<name>/<unique>`, `drift/…` or `verify/…`, so that any number may run beside a rollout.
 * - Result: numbers, waves and quotas; what was found of each image stands in the results of `describeImages`.
 *   Where AWS could not be asked, `error` says why; it fails only when it is cancelled.
 * - Messages: none.
 * - Continues as new: never; 10,000 images are 50 activities.
 */
export async function planRollout(input: PlanInput): Promise<PlanOutcome> {
  requireInput(input, planInput);
  try {
    return await look(input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, detail } = stepFailureOf(error);
    return { ...nothing, error: { code, detail } };
  }
}

const nothing: PlanOutcome = {
  counts: { change: 0, unchanged: 0, blocked: 0 },
  effective: null,
  waves: [],
  quotas: [],
  limitsSha256: null,
};

async function look(input: PlanInput): Promise<PlanOutcome> {
  const { spec, origin, purpose } = input;
  const { images, repeats } = await selectImagesOf(spec);
  if (images.length === 0 && !origin.isEmptyAllowed) {
    return { ...nothing, error: { code: 'selection-empty', detail: `${spec.rolloutName} selects no image` } };
  }
  const descriptions = await describeInSlices(images, questionOf(input, images.length));
  const described = descriptions.flatMap((description) => description.images);
  const changing = described.filter(({ action }) => action === 'CHANGE');
  const tags = new Map(changing.map((one) => [one.image, one.tags ?? {}]));
  const toChange = changing.map(({ image }) => image);
  const waves = planWaves(toChange, spec.strategy.waves, (image) => tags.get(image) ?? {});
  const count = (action: DescribedImage['action']): number => described.filter((one) => one.action === action).length;
  const error = refusalOfWhole(input, toChange.length, images.length);
  return {
    counts: { change: count('CHANGE'), unchanged: count('UNCHANGED'), blocked: count('BLOCKED') },
    effective: effectivePace(toChange.length, spec.strategy),
    waves: waves.map((wave) => ({ name: wave.spec.name, images: compactImageSet(wave.images) })),
    ...(purpose === 'plan' && input.revocation === undefined ? await quotasOf(input, toChange) : { quotas: [] }),
    limitsSha256: descriptions.at(-1)?.limitsSha256 ?? null,
    ...(repeats === null ? {} : { repeats }),
    ...(error === null ? {} : { error }),
  };
}

function questionOf(input: PlanInput, total: number): Question {
  const { purpose, spec, origin } = input;
  return {
    purpose,
    policy: policyOf(input),
    rolloutName: spec.rolloutName,
    options: optionsOf(input),
    guardrails: spec.guardrails,
    rules: withoutOverridden(spec.guardrails, origin.overrides),
    imageCount: total,
    isTagged: spec.strategy.waves.some(({ match }) => match?.tags !== undefined),
    ...(purpose === 'plan' ? { onConflict: spec.strategy.onConflict } : {}),
  };
}

function policyOf({ spec: { policySha256: sha256 }, revocation }: PlanInput): PolicyReference {
  if (revocation !== undefined) return { withoutPrincipal: revocation.principal };
  const { workflowId, runId } = workflowInfo();
  return { sha256, workflowId, runId };
}

async function quotasOf(
  input: PlanInput,
  toChange: readonly ImageArn[],
): Promise<Pick<PlanOutcome, 'quotas' | 'unreadQuotaCount'>> {
  const places = new Map(toChange.map((image) => [partitionOf(image), image]));
  if (places.size === 0) return { quotas: [] };
  if (places.size > mostQuotaPlaces) return { quotas: [], unreadQuotaCount: places.size };
  const { readQuotas } = inspectionOf(`read the quotas of ${places.size} accounts and Regions`);
  const asked = { images: [...places.values()], policy: policyOf(input), options: input.spec.options };
  return { quotas: await readQuotas(asked) };
}

function refusalOfWhole({ spec, origin }: PlanInput, changing: number, total: number): RolloutError | null {
  const { maxChangedPercentage } = withoutOverridden(spec.guardrails, origin.overrides);
  if (changing * 100 <= maxChangedPercentage * total) return null;
  const detail = `${changing} of ${total} images would change, and guardrails.maxChangedPercentage is ${maxChangedPercentage}`;
  return { code: 'guardrail-violated', detail };
}

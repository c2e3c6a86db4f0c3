import type { PlanDocument } from '../../contracts/plan-document.ts';
import type { RolloutSpec } from '../../contracts/rollout.ts';
import { imagesOf } from '../../domain/image-set.ts';
import { amountText, effectivePace } from '../../domain/strategy.ts';
import { ownToleranceOf, planWaves } from '../../domain/waves.ts';
import { renderPace } from './pace.ts';
import type { Paint } from './text.ts';
import { imagesText } from './validation.ts';

/**
 * What a strategy comes to before a rollout has looked at the images: as its plan says, or for all images that are named,
 * with what is odd about it. Where images are still to be selected, it is as the manifest says it.
 */
export function renderForecast(spec: RolloutSpec, plan: PlanDocument | null, paint: Paint): readonly string[] {
  if (plan !== null) {
    const specOf = new Map(spec.strategy.waves.map((wave) => [wave.name, wave]));
    const sizes = plan.waves.map(({ name, images }) => ({
      ...{ name, imageCount: images.length },
      ...ownToleranceOf(specOf.get(name) ?? { name }),
    }));
    return renderPace(plan.effective, sizes, paint);
  }
  const { maxConcurrent, failureTolerance, concurrencyMode, waves } = spec.strategy;
  if (spec.selections.length > 0) {
    const pace = `${amountText(maxConcurrent)} at once, ${amountText(failureTolerance)} may fail, ${concurrencyMode}`;
    return [`${imagesText(spec)}; ${pace}`];
  }
  const images = imagesOf(spec.images);
  // Tags are known only when the images were looked at.
  const isDealt = !waves.some(({ match }) => match?.tags !== undefined);
  const dealt = isDealt ? planWaves(images, waves, () => ({})) : [];
  const sizes = dealt.map((wave) => ({
    ...{ name: wave.spec.name, imageCount: wave.images.length },
    ...ownToleranceOf(wave.spec),
  }));
  const [numbers = '', ...warnings] = renderPace(effectivePace(images.length, spec.strategy), sizes, paint);
  return [`at most ${numbers}`, ...warnings];
}

import type { ImageOptions } from '../contracts/image.ts';
import type { RolloutOrigin, RolloutSpec } from '../contracts/rollout.ts';

/** The options of a rollout's images, with what whoever started it has set aside. */
export function optionsOf({
  spec: { options },
  origin: { overrides },
}: {
  readonly spec: RolloutSpec;
  readonly origin: RolloutOrigin;
}): ImageOptions {
  return overrides.includes('hold') ? { ...options, areHoldsOverridden: true } : options;
}

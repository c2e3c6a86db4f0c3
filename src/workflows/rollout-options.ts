import type { ImageOptions } from '../contracts/image.ts';
import type { RolloutOrigin, RolloutSpec } from '../contracts/rollout.ts';
import type { RateLimits } from '../domain/rate-limits.ts';

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

/** The options with caps that have changed since; those of other operations stay. */
export function withCaps(options: ImageOptions, changed: RateLimits | undefined): ImageOptions {
  return changed === undefined ? options : { ...options, rateLimits: { ...options.rateLimits, ...changed } };
}

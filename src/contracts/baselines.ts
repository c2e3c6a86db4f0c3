import type { ImageArn } from '../domain/arn.ts';
import type { Baseline } from '../domain/observation.ts';
import type { Revocation, RolloutSpec } from './rollout.ts';

/** Marks a file as the baselines of a rollout. */
export const baselinesKind = 'policy-rollout-baselines';

/** What an image gave before a rollout, and what the rollout left behind at it. */
export interface KeptBaseline {
  readonly imageArn: ImageArn;
  readonly baseline: Baseline;
  /** SHA-256 of the grants that the rollout left; null where it could not tell. */
  readonly grantsSha256After: string | null;
}

/** Everything that an undo needs when Temporal has forgotten the rollout, without its own hash. */
export interface BaselinesContent {
  readonly formatVersion: 1;
  readonly kind: typeof baselinesKind;
  readonly rolloutName: string;
  /** The last run of the rollout. */
  readonly runId: string;
  /** When the rollout first started, as ISO text. */
  readonly since: string;
  readonly spec: RolloutSpec;
  readonly revocation?: Revocation;
  /** Images at which something of the rollout may have stayed. */
  readonly images: readonly KeptBaseline[];
}

/** A file that `report --with-baselines` makes and `undo --from` takes. */
export interface BaselinesDocument extends BaselinesContent {
  /** SHA-256 of the content as JSON without blanks: shows that nothing was changed by accident. */
  readonly baselinesSha256: string;
}

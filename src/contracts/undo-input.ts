import type { CompactImageSet } from '../domain/image-set.ts';
import type { BaselinesReference } from './image.ts';
import type { RolloutInput, RolloutOrigin } from './rollout.ts';
import { undoNameOf } from './workflow-ids.ts';

/** What is undone: one run of a rollout, with those that it has redriven. */
export interface UndoneRollout {
  readonly input: Pick<RolloutInput, 'spec' | 'revocation'>;
  /** When the rollout first started, as ISO text. */
  readonly since: string;
  /** Images at which something of it may have stayed. */
  readonly images: CompactImageSet;
  /** Where the baselines are that came from a file. */
  readonly baselines?: BaselinesReference;
}

/** The same rollout without gates: whoever aborts a rollout to have it undone has decided already. */
export function withoutGates({ spec, ...input }: RolloutInput): RolloutInput {
  const waves = spec.strategy.waves.map(({ soakMs: _, approval: __, ...wave }) => wave);
  return { ...input, spec: { ...spec, strategy: { ...spec.strategy, waves } } };
}

/** The input of the rollout that undoes another one: the same strategy, limits and proof, towards the baselines. */
export function undoInput(
  { input: { spec, revocation }, since, images, baselines }: UndoneRollout,
  origin: RolloutOrigin,
): RolloutInput {
  const { rolloutName, guardrails } = spec;
  // To give access back is never urgent.
  const { isUrgent: _, ...options } = spec.options;
  return {
    // It carries the policy that it undoes itself: the history of the rollout may be gone before it has ended.
    spec: {
      ...spec,
      rolloutName: undoNameOf(rolloutName),
      images,
      selections: [],
      exclude: [],
      // All images of an undo are changed, however few they were of the rollout.
      guardrails: { ...guardrails, maxChangedPercentage: 100 },
      options,
    },
    // An image that somebody has changed since is left alone; the others go back all the same.
    origin: { ...origin, isSkippingBlocked: true },
    undo: { rolloutName, since, ...(baselines === undefined ? {} : { baselines }) },
    ...(revocation === undefined ? {} : { revocation }),
  };
}

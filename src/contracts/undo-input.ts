import type { CompactImageSet } from '../domain/image-set.ts';
import type { RolloutInput, RolloutOrigin } from './rollout.ts';
import { rolloutWorkflowId, undoNameOf } from './workflow-ids.ts';

/** What is undone: one run of a rollout, with those that it has redriven. */
export interface UndoneRollout {
  readonly input: RolloutInput;
  readonly runId: string;
  /** When the rollout first started, as ISO text. */
  readonly since: string;
  /** Images at which something of it may have stayed. */
  readonly images: CompactImageSet;
}

/** The input of the rollout that undoes another one: the same strategy, limits and proof, towards the baselines. */
export function undoInput({ input, runId, since, images }: UndoneRollout, origin: RolloutOrigin): RolloutInput {
  const { spec } = input;
  const { rolloutName, policySha256, guardrails } = spec;
  return {
    spec: {
      ...spec,
      rolloutName: undoNameOf(rolloutName),
      images,
      selections: [],
      exclude: [],
      // All images of an undo are changed, however few they were of the rollout.
      guardrails: { ...guardrails, maxChangedPercentage: 100 },
    },
    // An image that somebody has changed since is left alone; the others go back all the same.
    origin: { ...origin, isSkippingBlocked: true },
    undo: {
      rolloutName,
      since,
      policy:
        input.revocation === undefined
          ? { sha256: policySha256, workflowId: rolloutWorkflowId(rolloutName), runId }
          : { withoutPrincipal: input.revocation.principal },
    },
  };
}

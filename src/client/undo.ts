import type { ImageState } from '../domain/image-state.ts';
import type { RolloutOrigin } from '../contracts/rollout.ts';
import { rolloutWorkflowId, undoNameOf } from '../contracts/workflow-ids.ts';
import { parseImageArn } from '../domain/arn.ts';
import { compactImageSet } from '../domain/image-set.ts';
import type { TemporalAccess } from './connection.ts';
import { finishedRollout } from './redrive.ts';
import type { Started } from './start.ts';
import { startRollout } from './start.ts';

// In these states something of the rollout stays at the image; in the others nothing was written, or it is back.
const writtenStates: ReadonlySet<ImageState> = new Set(['SUCCEEDED', 'INCONCLUSIVE', 'FAILED', 'COMPENSATION_FAILED']);

/** Puts every image of a finished rollout back to its baseline; see `PolicyRolloutClient.undo`. */
export async function undoRollout(
  access: TemporalAccess,
  rolloutName: string,
  origin: RolloutOrigin,
): Promise<Started | null> {
  const { runId, input, report } = await finishedRollout(access, rolloutName);
  const written = report.images.filter(({ state, requestIds }) => writtenStates.has(state) && requestIds.length > 0);
  if (written.length === 0) return null;
  const images = compactImageSet(written.map(({ imageArn }) => parseImageArn(imageArn)));
  return startRollout(access, {
    spec: { ...input.spec, rolloutName: undoNameOf(rolloutName), images, selections: [], exclude: [] },
    // An image that somebody has changed since is left alone; the others go back all the same.
    origin: { ...origin, isSkippingBlocked: true },
    undo: {
      rolloutName,
      since: input.redrive?.since ?? report.startedAt,
      policy:
        input.revocation === undefined
          ? { sha256: input.spec.policySha256, workflowId: rolloutWorkflowId(rolloutName), runId }
          : { withoutPrincipal: input.revocation.principal },
    },
  });
}

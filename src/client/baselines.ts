import type { BaselinesContent, BaselinesDocument, KeptBaseline } from '../contracts/baselines.ts';
import { baselinesKind } from '../contracts/baselines.ts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import { imagesOf } from '../domain/image-set.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { sha256 } from '../sha256.ts';
import type { TemporalAccess } from './connection.ts';
import { earlierTransaction } from './earlier-transaction.ts';
import { finishedRollout } from './redrive.ts';
import { forgottenText } from './undo.ts';

const parallelReads = 8;
const readTimeoutMs = 60_000;

/** Collects what an undo needs out of the histories; see `PolicyRolloutClient.baselines`. */
export async function readBaselines(access: TemporalAccess, rolloutName: string): Promise<BaselinesDocument> {
  const { runId, input, report, written } = await finishedRollout(access, rolloutName);
  // A file that lacks images would be found out when it is too late.
  const forgotten = forgottenText(report);
  if (forgotten !== null) throw new AppError('baseline-lost', forgotten, { item: rolloutName });
  const since = input.redrive?.since ?? report.startedAt;
  const kept = await mapInLanes(imagesOf(written), parallelReads, (image) =>
    keptBaseline(access, image, { rolloutName, since }),
  );
  const { spec, revocation } = input;
  const content: BaselinesContent = {
    formatVersion: 1,
    kind: baselinesKind,
    rolloutName,
    runId,
    since,
    spec,
    ...(revocation === undefined ? {} : { revocation }),
    images: kept.flatMap((one) => one ?? []),
  };
  return { ...content, baselinesSha256: sha256(JSON.stringify(content)) };
}

/** Null for an image that was ended from outside before it was looked at: nothing was written to it. */
async function keptBaseline(
  { client, call }: TemporalAccess,
  image: ImageArn,
  rollout: { readonly rolloutName: string; readonly since: string },
): Promise<KeptBaseline | null> {
  const earlier = await call(() => earlierTransaction(client, image, { kind: 'undo', ...rollout }), readTimeoutMs);
  // A file that lacks an image would be found out when it is too late.
  if (earlier === null) {
    throw new AppError('baseline-lost', `No history of ${rollout.rolloutName} is left for ${image}`, { item: image });
  }
  const { baseline, grantsSha256 } = earlier;
  return baseline === null ? null : { imageArn: image, baseline, grantsSha256After: grantsSha256 };
}

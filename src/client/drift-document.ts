import type { DriftDocument, DriftedImage } from '../contracts/plan-document.ts';
import type { RolloutSpec } from '../contracts/rollout.ts';
import { errorCodes } from '../domain/errors.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { diffSentences } from '../domain/grants-diff.ts';
import type { LastApplied } from './last-applied.ts';
import type { FoundImage } from './look.ts';

/** What has become of images since the last rollout, without this tool. */
export function driftDocument(
  spec: RolloutSpec,
  applied: LastApplied | null,
  found: readonly FoundImage[],
): DriftDocument {
  const images = found.map((image) => driftedImage(image, applied));
  const count = (drift: DriftedImage['drift']): number => images.filter((image) => image.drift === drift).length;
  return {
    formatVersion: 1,
    rolloutName: spec.rolloutName,
    manifestSha256: spec.manifestSha256,
    applied: applied === null ? null : { runId: applied.runId, finishedAt: applied.finishedAt },
    counts: {
      inSync: count('IN_SYNC'),
      drifted: count('DRIFTED'),
      new: count('NEW'),
      gone: count('GONE'),
      unknown: count('UNKNOWN'),
    },
    images,
  };
}

const goneCodes: ReadonlySet<ErrorCode> = new Set(['image-gone', 'aws-not-found']);

function driftedImage(found: FoundImage, applied: LastApplied | null): DriftedImage {
  const { image, code, detail, drift, action } = found;
  const head = { imageArn: image, kinds: [] };
  if (code !== undefined && goneCodes.has(code)) return { ...head, drift: 'GONE', detail: [errorCodes[code].title] };
  if (found.fingerprint === null) return { ...head, drift: 'UNKNOWN', detail: [detail ?? 'It could not be read'] };
  if (applied?.images.has(image) !== true || drift === undefined) {
    return { ...head, drift: 'NEW', detail: ['No rollout of this name has been applied to it'] };
  }
  if (drift.kinds.length > 0) {
    return { imageArn: image, drift: 'DRIFTED', kinds: drift.kinds, detail: diffSentences(drift.diff) };
  }
  // Nobody has touched it, but the manifest says something else than when it was applied.
  return { ...head, drift: 'IN_SYNC', detail: action === 'CHANGE' ? ['The manifest has changed since'] : [] };
}

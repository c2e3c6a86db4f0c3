import type { DriftDocument, DriftedImage } from '../contracts/plan-document.ts';
import type { RolloutSpec } from '../contracts/rollout.ts';
import { goneCodes } from '../domain/drift.ts';
import { errorCodes } from '../domain/errors.ts';
import { diffSentences } from '../domain/grants-diff.ts';
import { imagesOf } from '../domain/image-set.ts';
import type { LastApplied } from '../domain/ledger.ts';
import type { AccountNames } from '../domain/principal.ts';
import type { FoundImage } from './look.ts';

/** What has become of images since the last rollout, without this tool. */
export function driftDocument(
  spec: RolloutSpec,
  applied: readonly LastApplied[],
  found: readonly FoundImage[],
): DriftDocument {
  const named = new Set(imagesOf(spec.images));
  // An image that a selection had found, and that was deleted since, is no news: builds come and go.
  const images = found
    .filter((one) => named.has(one.image) || !isGone(one))
    .map((image) => driftedImage(image, spec.accountNames));
  const compared = applied.filter(({ grants }) => grants !== null);
  const newest = compared.toSorted((left, right) => (left.at < right.at ? 1 : -1))[0];
  const count = (drift: DriftedImage['drift']): number => images.filter((image) => image.drift === drift).length;
  return {
    formatVersion: 1,
    rolloutName: spec.rolloutName,
    manifestSha256: spec.manifestSha256,
    applied: newest === undefined ? null : { runId: newest.runId, finishedAt: newest.at },
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

const unproven =
  'A rollout of this name has written to it, and nobody has proven what it was left with; roll it out again';

function isGone({ code }: FoundImage): boolean {
  return code !== undefined && goneCodes.has(code);
}

function driftedImage(found: FoundImage, names?: AccountNames): DriftedImage {
  const { image, code, detail, drift, action, isUnproven, isUndone } = found;
  const head = { imageArn: image, kinds: [] };
  if (code !== undefined && isGone(found)) return { ...head, drift: 'GONE', detail: [errorCodes[code].title] };
  if (found.fingerprint === null) return { ...head, drift: 'UNKNOWN', detail: [detail ?? 'It could not be read'] };
  if (drift === undefined) {
    if (isUnproven === true) return { ...head, drift: 'UNKNOWN', detail: [unproven] };
    return { ...head, drift: 'NEW', detail: ['No rollout of this name has been applied to it'] };
  }
  if (drift.kinds.length > 0) {
    return { imageArn: image, drift: 'DRIFTED', kinds: drift.kinds, detail: diffSentences(drift.diff, names) };
  }
  // Nobody has touched it, but it is not what the manifest says.
  const why = isUndone === true ? 'An undo has put it back to this' : 'The manifest has changed since';
  return { ...head, drift: 'IN_SYNC', detail: action === 'CHANGE' ? [why] : [] };
}

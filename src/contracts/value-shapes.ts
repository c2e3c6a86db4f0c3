import { imageArnPattern, isImageArn } from '../domain/arn.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { limitedOperations, rateLimitRange } from '../domain/rate-limits.ts';
import type { Shape } from '../domain/shape.ts';
import {
  aCount,
  aFlag,
  aListOf,
  anObject,
  aNumber,
  aNumberIn,
  aRecordOf,
  aText,
  aTextLike,
  aTime,
} from '../domain/shape.ts';

// What messages and inputs have in common.

export const aRolloutName = aTextLike(/^[a-z0-9-]{1,64}$/, 'a name of a-z, 0-9 and -, at most 64 characters');

export const anImageArn = aTextLike(imageArnPattern, 'the ARN of an image build');

const builds = aRecordOf(aRecordOf(aListOf(aTextLike(/^[0-9]+\.[0-9]+\.[0-9]+\/[0-9]+$/, 'a version with its build'))));

/** See `CompactImageSet`. */
export const anImageSet: Shape = (value, path) => builds(value, path) ?? placesProblem(value as CompactImageSet, path);

function placesProblem(set: CompactImageSet, path: string): string | null {
  for (const [place, names] of Object.entries(set)) {
    const [region = '', account = '', partition = 'aws'] = place.split('/').reverse();
    const arnOf = (name: string): string => `arn:${partition}:imagebuilder:${region}:${account}:image/${name}/1.0.0/1`;
    const wrong = Object.keys(names).find((name) => !isImageArn(arnOf(name)));
    if (wrong !== undefined) return `${path}.${place}.${wrong} must name images of an account and Region`;
  }
  return null;
}

export const textRecord = aRecordOf(aText());

export const rateLimits = aRecordOf(aNumberIn(rateLimitRange.least, rateLimitRange.most), limitedOperations);

/** Most characters of a reason: all holds together have to fit into a memo, and all messages into the result of a rollout. */
export const longestReason = 1_000;

export const aReason = aText(longestReason);
export const aPerson = aText(400);

/** See `Hold`. */
export const aHold = anObject(
  { name: aRolloutName, reason: aReason, who: aPerson, since: aTime },
  { images: aText(longestReason), principal: aText(longestReason), until: aTime },
);

/** See `BatchLimit`. */
export const aBatchLimit = anObject(
  { isStopped: aFlag, lanes: aCount(), failureBudget: aNumber },
  { countedFailures: aCount(), rateLimits },
);

const aGrant = anObject({ principal: aText(), action: aText() }, { condition: aText() });

/** See `Ledger`. */
export const aLedger = anObject(
  {
    grants: aRecordOf(aListOf(aGrant)),
    entries: aListOf(
      anObject({ fate: aText(), at: aText(), runId: aText(), images: anImageSet, shareIds: aListOf(aListOf(aText())) }),
    ),
  },
  { byHand: anObject({ startedBy: aText(), startedAt: aTime, manifestSha256: aText() }) },
);

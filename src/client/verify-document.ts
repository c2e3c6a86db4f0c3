import type { VerifiedImage, VerifyDocument } from '../contracts/plan-document.ts';
import type { RolloutSpec } from '../contracts/rollout.ts';
import { sumOfVerdicts } from '../domain/visibility.ts';
import type { FoundImage } from './look.ts';
import { reportedError } from './reported-outcome.ts';

/** Who sees the images, measured now. */
export function verifyDocument(spec: RolloutSpec, found: readonly FoundImage[]): VerifyDocument {
  const images = found.map(verifiedImage);
  const count = (verdict: VerifiedImage['verdict']): number =>
    images.filter((image) => image.verdict === verdict).length;
  return {
    formatVersion: 1,
    rolloutName: spec.rolloutName,
    manifestSha256: spec.manifestSha256,
    counts: {
      visible: count('VISIBLE'),
      notVisible: count('NOT_VISIBLE'),
      inconclusive: count('INCONCLUSIVE'),
    },
    images,
  };
}

/** An image that cannot be read proves nothing; one that is not there is seen by nobody. */
function verifiedImage({ image, code, detail, sight }: FoundImage): VerifiedImage {
  if (sight !== undefined) return { imageArn: image, verdict: sumOfVerdicts(sight.visibility), ...sight };
  const reason = reportedError(code ?? 'internal', detail ?? 'It was not looked at');
  const verdict = code === 'image-gone' ? 'NOT_VISIBLE' : 'INCONCLUSIVE';
  return { imageArn: image, verdict, visibility: [], excess: [], reason };
}

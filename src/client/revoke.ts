import type { PlanDocument } from '../contracts/plan-document.ts';
import type { RolloutOrigin, RolloutSpec } from '../contracts/rollout.ts';
import type { ImageArn } from '../domain/arn.ts';
import { matchesGlob } from '../domain/glob.ts';
import { compactImageSet } from '../domain/image-set.ts';
import { canonicalPrincipal } from '../domain/principal.ts';
import { sha256 } from '../sha256.ts';
import type { TemporalAccess } from './connection.ts';
import { addHold } from './holds.ts';
import { planOf } from './looks.ts';
import { managedImages } from './managed-images.ts';
import type { Started } from './start.ts';
import { startRollout } from './start.ts';

/** Whose access is taken, and from which images. */
export interface RevocationRequest {
  /** Account, or ARN of a role or user. */
  readonly principal: string;
  /** Pattern of image ARNs; every image that the tool manages when absent. */
  readonly images?: string;
}

/** What a revocation has begun. */
export interface StartedRevocation extends Started {
  readonly rolloutName: string;
  readonly holdName: string;
}

// One image that fails stops nothing, and many go on together: it is an emergency.
const strategy: RolloutSpec['strategy'] = {
  waves: [{ name: 'everything' }],
  maxConcurrent: { count: 25 },
  failureTolerance: { percentage: 100 },
  concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
  onConflict: 'wait',
};

/** Takes a principal's access away; see `PolicyRolloutClient.revoke`. */
export async function revoke(
  access: TemporalAccess,
  request: RevocationRequest,
  origin: RolloutOrigin,
): Promise<StartedRevocation | null> {
  const { images } = request;
  const principal = canonicalPrincipal(request.principal);
  const rolloutName = revocationNameOf(principal);
  const { startedBy: who, reason = '' } = origin;
  // First of all: whatever gets to an image from now on does not give the access back.
  const hold = { name: rolloutName, principal, reason, who, since: new Date().toISOString() };
  await addHold(access, images === undefined ? hold : { ...hold, images });
  const spec = await specOf(access, request);
  if (spec === null) return null;
  const started = await startRollout(access, {
    spec,
    origin: { ...origin, isSkippingBlocked: true },
    revocation: { principal },
  });
  return { ...started, rolloutName, holdName: rolloutName };
}

/** Says what a revocation would do; see `PolicyRolloutClient.planRevocation`. */
export async function planRevocation(
  access: TemporalAccess,
  request: RevocationRequest,
  origin: RolloutOrigin,
): Promise<PlanDocument | null> {
  const spec = await specOf(access, request);
  if (spec === null) return null;
  return planOf(access, spec, origin, { revocation: { principal: canonicalPrincipal(request.principal) } });
}

/** The name of the rollout, and of the hold, of a revocation. */
function revocationNameOf(principal: string): string {
  const name = `revoke-${principal.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
  // What is cut off, or cannot be in a name, must not make two principals one.
  return name === `revoke-${principal}` ? name : `${name.slice(0, 55)}-${sha256(principal).slice(0, 8)}`;
}

async function specOf(
  access: TemporalAccess,
  { principal, images: pattern = '*' }: RevocationRequest,
): Promise<RolloutSpec | null> {
  const managed = await managedImages(access);
  const found: readonly ImageArn[] = managed.images.filter((image) => matchesGlob(pattern, image));
  if (found.length === 0) return null;
  const images = compactImageSet(found);
  return {
    rolloutName: revocationNameOf(canonicalPrincipal(principal)),
    policyTemplate: null,
    policySha256: sha256(''),
    images,
    selections: [],
    exclude: [],
    guardrails: {
      allowWildcardPrincipal: true,
      maxImages: Number.MAX_SAFE_INTEGER,
      maxChangedPercentage: 100,
      requiredTags: {},
    },
    strategy,
    options: {
      foreignShares: 'block',
      onNotVisible: 'keep',
      ownerRoles: managed.ownerRoles,
      consumerRoles: {},
      timing: {},
    },
    manifestSha256: sha256(JSON.stringify([principal, pattern, images])),
  };
}

import type { PlanDocument } from '../contracts/plan-document.ts';
import type { RolloutOrigin, RolloutSpec } from '../contracts/rollout.ts';
import { isRolloutName } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import { matchesGlob } from '../domain/glob.ts';
import { compactImageSet } from '../domain/image-set.ts';
import { canonicalPrincipal } from '../domain/principal.ts';
import { sha256 } from '../sha256.ts';
import type { TemporalAccess } from './connection.ts';
import { addHold } from './holds.ts';
import type { LookOptions } from './look.ts';
import { planOf } from './looks.ts';
import type { ManagedImages } from './managed-images.ts';
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
): Promise<StartedRevocation> {
  const { images } = request;
  const principal = canonicalPrincipal(request.principal);
  const rolloutName = revocationNameOf(request);
  const { startedBy: who, reason = '' } = origin;
  // First of all: whatever gets to an image from now on does not give the access back.
  const hold = { name: rolloutName, principal, reason, who, since: new Date().toISOString() };
  await addHold(access, images === undefined ? hold : { ...hold, images });
  const { spec, unread } = await specOf(access, request);
  if (spec === null) throw nothingManaged(request, `; the hold ${rolloutName} keeps it away all the same`);
  const started = await startRollout(access, {
    spec,
    origin: { ...origin, isSkippingBlocked: true },
    revocation: { principal },
  });
  const names = { rolloutName, holdName: rolloutName };
  const [first] = unread;
  if (first === undefined) return { ...started, ...names };
  const warning = `${unread.length} histories are gone (${first}, …): images that they alone know keep what they give`;
  return { ...started, ...names, warning };
}

/** Says what a revocation would do; see `PolicyRolloutClient.planRevocation`. */
export async function planRevocation(
  access: TemporalAccess,
  request: RevocationRequest,
  origin: RolloutOrigin,
  options: LookOptions,
): Promise<PlanDocument> {
  const { spec } = await specOf(access, request);
  if (spec === null) throw nothingManaged(request, '');
  const revocation = { principal: canonicalPrincipal(request.principal) };
  return planOf(access, spec, origin, { ...options, revocation });
}

/**
 * The name of the rollout, and of the hold, of a revocation. What is cut off, or cannot be in a name, must not make two of
 * them one: after one from a few images, one from all of them must not be refused.
 */
function revocationNameOf({ principal: given, images }: RevocationRequest): string {
  const principal = canonicalPrincipal(given);
  const name = `revoke-${principal}`;
  if (images === undefined && isRolloutName(name)) return name;
  const readable = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 55);
  return `${readable}-${sha256(JSON.stringify([principal, images ?? null])).slice(0, 8)}`;
}

function nothingManaged({ principal, images }: RevocationRequest, consequence: string): AppError {
  const what = images === undefined ? 'No image was' : `No image that ${images} covers was`;
  return new AppError('selection-empty', `${what} rolled out in this namespace${consequence}`, { item: principal });
}

/** What a revocation rolls out; null where it has no image. */
async function specOf(
  access: TemporalAccess,
  request: RevocationRequest,
): Promise<{ readonly spec: RolloutSpec | null; readonly unread: readonly string[] }> {
  const managed = await managedImages(access);
  const found = managed.images.filter((image) => matchesGlob(request.images ?? '*', image));
  return { spec: found.length === 0 ? null : revocationSpec(request, found, managed), unread: managed.unread };
}

function revocationSpec(request: RevocationRequest, found: readonly ImageArn[], managed: ManagedImages): RolloutSpec {
  const { principal, images: pattern = '*' } = request;
  const images = compactImageSet(found);
  return {
    rolloutName: revocationNameOf(request),
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
      isUrgent: true,
    },
    manifestSha256: sha256(JSON.stringify([principal, pattern, images])),
  };
}

import type { ErrorCode } from './errors.ts';
import type { Grant } from './grants.ts';
import { grantsWithout, normalGrants, principalsOf } from './grants.ts';
import type { GrantsDiff } from './grants-diff.ts';
import { diffGrants } from './grants-diff.ts';
import type { ObservedImage, ObservedShare } from './observation.ts';
import { isGiven, isStandard, leftGrants, liveGrants } from './shares.ts';
import type { ForeignShares } from './situation.ts';

/**
 * What became of an image since it was last rolled out, without this tool:
 * - `widened-outside`: a principal has access that was not given
 * - `access-removed-outside`: a principal has lost what was given
 * - `share-gone`: no active share covers the image any more
 * - `share-not-promoted`: a share came of a policy and is not STANDARD, so its principals do not find the image
 * - `principal-lost`: RAM has a principal as failed or suspended
 * - `permission-changed`: a principal may do something else than what was given
 */
export const driftKinds = [
  'widened-outside',
  'access-removed-outside',
  'share-gone',
  'share-not-promoted',
  'principal-lost',
  'permission-changed',
] as const;

/** A way in which an image has drifted; see {@link driftKinds}. */
export type DriftKind = (typeof driftKinds)[number];

/** How AWS says that an image does not exist. */
export const goneCodes: ReadonlySet<ErrorCode> = new Set(['image-gone', 'aws-not-found']);

/** Where an image stands in relation to what was last rolled out; NEW was never, GONE does not exist any more. */
export type DriftState = 'IN_SYNC' | 'DRIFTED' | 'NEW' | 'GONE';

/** How an image differs from what was last rolled out to it; no kinds where it does not. */
export interface ImageDrift {
  readonly kinds: readonly DriftKind[];
  /** From what was applied to what is live. */
  readonly diff: GrantsDiff;
}

/** Compares an image with what was applied to it. What shares give that are left alone is no drift. */
export function imageDrift(
  observed: ObservedImage,
  applied: readonly Grant[],
  foreignShares: ForeignShares,
): ImageDrift {
  const left = leftGrants(observed, foreignShares);
  return {
    kinds: driftOf(observed, applied, left),
    diff: diffGrants(normalGrants([...applied, ...left]), liveGrants(observed)),
  };
}

/** Every way in which an image differs from what was applied to it, in the order of {@link driftKinds}. */
function driftOf(observed: ObservedImage, applied: readonly Grant[], left: readonly Grant[]): readonly DriftKind[] {
  const found = new Set<DriftKind>([...driftOfShares(observed, applied), ...driftOfGrants(observed, applied, left)]);
  return driftKinds.filter((kind) => found.has(kind));
}

function driftOfShares({ shares }: ObservedImage, applied: readonly Grant[]): readonly DriftKind[] {
  const kinds: DriftKind[] = [];
  if (applied.length > 0 && !shares.some(isCovering)) kinds.push('share-gone');
  // Where nobody was to have access, RAM may keep a share that gives none: an accepted residue.
  const isUnpromoted = shares.some((share) => share.featureSet === 'CREATED_FROM_POLICY');
  if (applied.length > 0 && isUnpromoted) kinds.push('share-not-promoted');
  if (lostPrincipals(shares, applied).length > 0) kinds.push('principal-lost');
  return kinds;
}

function isCovering({ status, imageStatus }: ObservedShare): boolean {
  return (status === 'ACTIVE' || status === 'PENDING') && imageStatus !== 'FAILED';
}

/** Principals that RAM still names, but to whom no share gives anything. */
function lostPrincipals(shares: readonly ObservedShare[], applied: readonly Grant[]): readonly string[] {
  const named = shares.flatMap((share) => share.principals);
  return principalsOf(applied).filter((principal) => {
    const own = named.filter((candidate) => candidate.principal === principal);
    return own.length > 0 && own.every(({ status }) => status === 'FAILED' || status.startsWith('SUSPEND'));
  });
}

function driftOfGrants(
  observed: ObservedImage,
  applied: readonly Grant[],
  left: readonly Grant[],
): readonly DriftKind[] {
  const known = new Set(principalsOf(applied));
  const lost = lostPrincipals(observed.shares, applied);
  const missing = missingGrants(observed, applied).filter(({ principal }) => !lost.includes(principal));
  const live = new Set(principalsOf(liveGrants(observed)));
  // What RAM's shares do not say may still stand in the policy.
  const extra = grantsWithout([...liveGrants(observed), ...observed.policyGrants], [...applied, ...left]);
  return [
    ...extra.map(({ principal }): DriftKind => (known.has(principal) ? 'permission-changed' : 'widened-outside')),
    ...missing.map(({ principal }): DriftKind =>
      live.has(principal) ? 'permission-changed' : 'access-removed-outside',
    ),
  ];
}

/** A principal that has not accepted yet may be missing from the policy that RAM writes. */
function missingGrants(observed: ObservedImage, applied: readonly Grant[]): readonly Grant[] {
  const awaiting = observed.shares
    .filter(isStandard)
    .flatMap((share) => share.principals)
    .filter((principal) => isGiven(principal) && principal.status !== 'ASSOCIATED')
    .map(({ principal }) => principal);
  const unwritten = grantsWithout(applied, observed.policyGrants).filter(
    ({ principal }) => !awaiting.includes(principal),
  );
  return normalGrants([...grantsWithout(applied, liveGrants(observed)), ...unwritten]);
}

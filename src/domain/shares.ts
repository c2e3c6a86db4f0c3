import type { Grant } from './grants.ts';
import { normalGrants } from './grants.ts';
import type {
  AssociationStatus,
  Baseline,
  GlimpsedShare,
  ObservedImage,
  ObservedPrincipal,
  ObservedShare,
} from './observation.ts';
import type { ForeignShares, Situation } from './situation.ts';

// A suspended principal comes back by itself; a failed one never had access.
const giving: ReadonlySet<AssociationStatus> = new Set([
  'ASSOCIATING',
  'ASSOCIATED',
  'SUSPENDED',
  'SUSPENDING',
  'RESTORING',
]);

/** Whether a principal has, or is about to have, what the share gives. */
export function isGiven({ status }: ObservedPrincipal): boolean {
  return giving.has(status);
}

/**
 * Whether a principal still has to accept an invitation. RAM shows ASSOCIATING for that too, and to the owner it may
 * not show the invitation, so a principal that stays ASSOCIATING beyond the grace counts as such.
 */
function isAwaitingAcceptance(principal: ObservedPrincipal, nowMs: number, graceMs: number): boolean {
  if (principal.status !== 'ASSOCIATING') return false;
  return principal.hasPendingInvitation || nowMs - principal.changedAtMs > graceMs;
}

/** What of the shares themselves is in transition, in words; null where nothing is. */
export function shareTransitionOf(shares: readonly GlimpsedShare[]): string | null {
  for (const { shareArn, featureSet, status } of shares) {
    if (featureSet === 'PROMOTING_TO_STANDARD') return `${shareArn} is PROMOTING_TO_STANDARD`;
    if (status === 'PENDING' || status === 'DELETING') return `${shareArn} is ${status}`;
  }
  return null;
}

/** What at the shares of an image is in transition, in words; null where all is settled. */
export function transitionOf({ shares, observedAtMs }: ObservedImage, graceMs: number): string | null {
  const reason = shareTransitionOf(shares);
  if (reason !== null) return reason;
  for (const share of shares) {
    if (isMoving(share.imageStatus)) return `the image is ${share.imageStatus} in ${share.shareArn}`;
    const moving = share.principals.find(
      (principal) => isMoving(principal.status) && !isAwaitingAcceptance(principal, observedAtMs, graceMs),
    );
    if (moving !== undefined) return `${moving.principal} is ${moving.status} in ${share.shareArn}`;
  }
  return null;
}

/**
 * How long until principals count as not having accepted, where nothing else at an image is in transition. Null while RAM
 * may only take its time, as it does for accounts of the organisation: for the first sixth of the grace.
 */
export function acceptanceDueMs({ shares, observedAtMs }: ObservedImage, graceMs: number): number | null {
  if (shareTransitionOf(shares) !== null || shares.some(({ imageStatus }) => isMoving(imageStatus))) return null;
  const moving = shares.flatMap(({ principals }) => principals).filter(({ status }) => isMoving(status));
  const late = moving.filter((principal) => !isAwaitingAcceptance(principal, observedAtMs, graceMs));
  if (late.length === 0 || !late.every(mayHaveToAccept)) return null;
  const ageMs = observedAtMs - Math.max(...late.map(({ changedAtMs }) => changedAtMs));
  return ageMs < graceMs / 6 ? null : graceMs - ageMs + 1;
}

// Only accounts are invited.
function mayHaveToAccept({ principal, status }: ObservedPrincipal): boolean {
  return status === 'ASSOCIATING' && /^[0-9]{12}$/.test(principal);
}

function isMoving(status: AssociationStatus): boolean {
  return status === 'ASSOCIATING' || status === 'DISASSOCIATING';
}

/** What a STANDARD share gives: each of its principals, each action of its permissions. */
export const shareGrants = remembered((share: ObservedShare): readonly Grant[] => {
  const principals = share.principals.filter(isGiven);
  return normalGrants(
    share.permissions.flatMap(({ actions, condition }) =>
      principals.flatMap(({ principal }) =>
        actions.map((action) => (condition === undefined ? { principal, action } : { principal, action, condition })),
      ),
    ),
  );
});

// What was observed never changes, and every rule asks what it gives.
function remembered<Observed extends object>(
  grantsOf: (observed: Observed) => readonly Grant[],
): (observed: Observed) => readonly Grant[] {
  const known = new WeakMap<Observed, readonly Grant[]>();
  return (observed) => {
    const before = known.get(observed);
    if (before !== undefined) return before;
    const grants = grantsOf(observed);
    known.set(observed, grants);
    return grants;
  };
}

/** Whether RAM, not the policy alone, decides what the share gives. */
export function isStandard({ featureSet }: GlimpsedShare): boolean {
  return featureSet === 'STANDARD';
}

/**
 * What an image gives to others now. A share that is not promoted gives nothing by itself: there the policy is the
 * grant. Where every share is STANDARD, RAM writes the policy from them, later than they change.
 */
export const liveGrants = remembered(({ policyGrants, shares }: ObservedImage): readonly Grant[] => {
  const standard = shares.filter(isStandard);
  const isWrittenByRam = standard.length > 0 && standard.length === shares.length;
  return normalGrants([...(isWrittenByRam ? [] : policyGrants), ...standard.flatMap(shareGrants)]);
});

/**
 * Whether a share is ours to change: it carries our tag, or this transaction saw it before it was STANDARD. Only a
 * policy makes a share that is not STANDARD, and the policy of the image is what a rollout replaces.
 */
export function isOurs(share: ObservedShare, baseline: Baseline, ownShareArns: readonly string[]): boolean {
  if (share.rolloutTag !== null || !isStandard(share) || ownShareArns.includes(share.shareArn)) return true;
  return baseline.shares.some(({ shareArn, featureSet }) => shareArn === share.shareArn && featureSet !== 'STANDARD');
}

/**
 * The shares that are ours to change. RAM may give a share a new ARN with its promotion: a new share for this image
 * alone counts as the heir of one of ours that is gone, as long as it gives nothing that this transaction does not know.
 */
export function ourShares(situation: Pick<Situation, 'observed' | 'baseline' | 'wanted' | 'memory'>): ObservedShare[] {
  const { observed, baseline, memory } = situation;
  const own = observed.shares.filter((share) => isOurs(share, baseline, memory.ownShareArns));
  const known = new Set(baseline.shares.map(({ shareArn }) => shareArn));
  const heirs = observed.shares.filter(
    (share) =>
      !own.includes(share) &&
      !known.has(share.shareArn) &&
      share.otherResourceCount === 0 &&
      givesKnownAlone(share, situation),
  );
  return heirs.length > goneOwnShares(situation).length ? own : [...own, ...heirs];
}

/** Whether a share gives only what is of the baseline or wanted, to principals of them. */
export function givesKnownAlone(
  share: ObservedShare,
  { baseline, wanted }: Pick<Situation, 'baseline' | 'wanted'>,
): boolean {
  const known = [...baseline.grants, ...wanted.grants];
  return shareGrants(share).every(
    ({ principal, action, condition }) =>
      known.some((grant) => grant.principal === principal) &&
      known.some((grant) => grant.action === action && grant.condition === condition),
  );
}

function goneOwnShares({ observed, baseline, memory }: Pick<Situation, 'observed' | 'baseline' | 'memory'>): string[] {
  const live = new Set(observed.shares.map(({ shareArn }) => shareArn));
  const unpromoted = baseline.shares.filter((share) => !isStandard(share)).map(({ shareArn }) => shareArn);
  return [...new Set([...memory.ownShareArns, ...unpromoted])].filter(
    (shareArn) => !live.has(shareArn) && !memory.removedShareArns.includes(shareArn),
  );
}

/** The shares that a transaction which begins now would not take for its own. */
export function foreignSharesOf(observed: ObservedImage): readonly ObservedShare[] {
  const baseline = baselineOf(observed);
  return observed.shares.filter((share) => !isOurs(share, baseline, []));
}

/** What shares that are not ours give where they are left alone: it comes to whatever is wanted; otherwise nothing. */
export function leftGrants(observed: ObservedImage, foreignShares: ForeignShares): readonly Grant[] {
  return foreignShares === 'leave' ? normalGrants(foreignSharesOf(observed).flatMap(shareGrants)) : [];
}

/** The state of an image as the baseline of what follows. */
export function baselineOf(observed: ObservedImage): Baseline {
  return { policy: observed.policy, grants: liveGrants(observed), shares: observed.shares };
}

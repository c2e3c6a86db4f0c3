import { nextAlignment } from './align.ts';
import type { Grant } from './grants.ts';
import { grantsWithout, normalGrants, principalsOf, sameGrants } from './grants.ts';
import { isChangedByAnother } from './meanwhile.ts';
import type { ObservedImage, ObservedShare } from './observation.ts';
import { isGiven, isOurs, isStandard, liveGrants, shareGrants, transitionOf } from './shares.ts';
import type { Situation, Target } from './situation.ts';
import type { Residue, Step } from './step.ts';

/**
 * Decides the next step from what AWS shows towards the wanted grants, or back to the baseline. Total: the same
 * situation always gives the same step, and an image that is in sync gets no act.
 */
export function nextStep(situation: Situation): Step {
  return (
    stepInTransition(situation) ??
    stepWhereTargetHolds(situation) ??
    stepWhereOthersActed(situation) ??
    stepAtForeignShare(situation) ??
    (targetOf(situation).grants.length === 0 ? stepToNobody(situation) : stepToGrants(situation))
  );
}

/** What the direction leads to. */
export function targetOf({ direction, wanted, baseline }: Situation): Target {
  return direction === 'forward' ? wanted : { grants: baseline.grants, document: baseline.policy };
}

function stepInTransition({ observed, acceptanceGraceMs, hasWritten }: Situation): Step | null {
  const reason = transitionOf(observed, acceptanceGraceMs);
  return reason === null ? null : { kind: 'wait', code: hasWritten ? 'promotion-pending' : 'image-busy', reason };
}

function stepWhereTargetHolds(situation: Situation): Step | null {
  const { observed, direction, hasWritten } = situation;
  const awaiting = awaitingPrincipals(situation);
  const holds = direction === 'forward' ? holdsWanted(situation, awaiting) : holdsBaseline(situation, awaiting);
  if (!holds) return null;
  const untagged = hasWritten ? untaggedShare(situation) : undefined;
  if (untagged !== undefined) return { kind: 'tag', shareArn: untagged.shareArn };
  return { kind: 'done', residue: residueOf(observed, situation), awaiting };
}

function holdsWanted(situation: Situation, awaiting: readonly string[]): boolean {
  const { observed, isSettling } = situation;
  const { grants } = targetOf(situation);
  const left = situation.foreignShares === 'leave' ? foreignSharesOf(situation) : [];
  const all = normalGrants([...grants, ...left.flatMap(shareGrants)]);
  if (grants.length === 0) {
    // A share that RAM keeps after its policy was erased gives nothing; it is a residue once it had time to go.
    const areGone = observed.shares.every((share) => left.includes(share) || (!isStandard(share) && !isSettling));
    return areGone && isPolicyOf(observed, all, awaiting);
  }
  const isCovered = observed.shares.some((share) => sharesWith(share, grants));
  const areSettled = observed.shares.every(isHealthy);
  return isCovered && areSettled && sameGrants(liveGrants(observed), all) && isPolicyOf(observed, all, awaiting);
}

function holdsBaseline(situation: Situation, awaiting: readonly string[]): boolean {
  const { observed, baseline } = situation;
  const standardBefore = baseline.shares.filter(isStandard);
  const allThere = standardBefore.every(({ shareArn }) =>
    observed.shares.some((share) => share.shareArn === shareArn && isHealthy(share)),
  );
  const added = addedShares(situation).filter(isStandard);
  // What had no policy at all gets no share out of an undo; what had one may keep the promoted share.
  const mayStay = baseline.grants.length > 0 && standardBefore.length === 0;
  return (
    allThere &&
    (added.length === 0 || mayStay) &&
    sameGrants(liveGrants(observed), baseline.grants) &&
    isPolicyOf(observed, baseline.grants, awaiting)
  );
}

function stepWhereOthersActed(situation: Situation): Step | null {
  const { direction, hasWritten, observed } = situation;
  if (direction === 'forward' && !hasWritten && sameGrants(liveGrants(observed), situation.baseline.grants))
    return null;
  const reason = isChangedByAnother(situation);
  if (reason === null) return null;
  return { kind: 'stop', code: direction === 'forward' ? 'policy-changed-meanwhile' : 'changed-by-another', reason };
}

function stepAtForeignShare(situation: Situation): Step | null {
  const { foreignShares, direction } = situation;
  const [foreign] = foreignSharesOf(situation);
  if (foreign === undefined || direction === 'backward' || foreignShares === 'leave') return null;
  if (foreignShares === 'adopt' && foreign.otherResourceCount === 0) return { kind: 'tag', shareArn: foreign.shareArn };
  const reason =
    foreignShares === 'adopt'
      ? `${foreign.shareArn} covers ${foreign.otherResourceCount} other resources, so it is not adopted`
      : `${foreign.shareArn} ("${foreign.name}") does not carry the tag of this tool`;
  return { kind: 'stop', code: 'share-not-ours', reason };
}

/** Nobody is wanted: shares go first, so that RAM takes its grants out of the policy; then the policy is erased. */
function stepToNobody(situation: Situation): Step {
  const { observed, baseline, direction, memory } = situation;
  const kept = direction === 'backward' ? baseline.shares.filter(isStandard).map(({ shareArn }) => shareArn) : [];
  const [leaving] = ourShares(situation).filter((share) => isStandard(share) && !kept.includes(share.shareArn));
  if (leaving !== undefined) {
    const kind = leaving.otherResourceCount === 0 ? 'delete-share' : 'remove-image';
    return { kind, shareArn: leaving.shareArn };
  }
  if (kept.length > 0) return nextAlignment(situation, [], keptShares(situation)) ?? lagging(situation);
  const isUnpromoted = observed.shares.some((share) => !isStandard(share));
  if (observed.policyGrants.length === 0)
    return { kind: 'wait', code: 'not-in-sync', reason: 'RAM keeps the share for now' };
  if (memory.removedShareArns.length > 0 && !isUnpromoted) return lagging(situation);
  if (foreignSharesOf(situation).length > 0) return lagging(situation);
  const { document } = targetOf(situation);
  return document === null ? { kind: 'erase' } : { kind: 'put', document };
}

function stepToGrants(situation: Situation): Step {
  const { observed, direction, baseline } = situation;
  const { grants, document } = targetOf(situation);
  const ours = direction === 'forward' ? ourShares(situation) : keptShares(situation);
  // What AWS does with a policy that is put over a STANDARD share is not documented: then RAM alone is asked.
  const isUpToRam = [...observed.shares, ...(direction === 'backward' ? baseline.shares : [])].some(isStandard);
  if (!isUpToRam && !sameGrants(observed.policyGrants, grants)) {
    return document === null ? { kind: 'erase' } : { kind: 'put', document };
  }
  if (!isUpToRam && observed.shares.length === 0) {
    return { kind: 'wait', code: 'share-not-found', reason: 'RAM shows no share for the policy yet' };
  }
  return (
    (direction === 'forward' ? nextPromotion(situation, ours) : stepAtAddedShare(situation)) ??
    tagOf(situation) ??
    nextAlignment(situation, grants, ours.filter(isStandard)) ??
    lagging(situation)
  );
}

function nextPromotion(
  { wanted, baseline, memory, isSettling }: Situation,
  ours: readonly ObservedShare[],
): Step | null {
  const failed = ours.find((share) => share.status === 'FAILED' || share.imageStatus === 'FAILED');
  if (failed !== undefined) return { kind: 'stop', code: 'share-failed', reason: `${failed.shareArn} is FAILED` };
  const unpromoted = ours.find((share) => !isStandard(share));
  if (unpromoted === undefined) return null;
  const { shareArn, principals, permissions } = unpromoted;
  const named = principals.map(({ principal }) => principal).sort();
  const wantedPrincipals = principalsOf(wanted.grants);
  const isStale = JSON.stringify(named) !== JSON.stringify(wantedPrincipals);
  const known = new Set([...wantedPrincipals, ...principalsOf(baseline.grants)]);
  // RAM may update the share later than the policy; what it would make visible must be known to this transaction.
  if (isStale && (isSettling || named.some((principal) => !known.has(principal)))) {
    return {
      kind: 'wait',
      code: 'promotion-pending',
      reason: `${shareArn} does not name the principals of the policy yet`,
    };
  }
  if (!memory.unmatchedShareArns.includes(shareArn)) return { kind: 'promote', shareArn };
  const [permission] = permissions;
  if (memory.promotedPermissionShareArns.includes(shareArn) || permission === undefined) {
    return { kind: 'promote', shareArn };
  }
  return { kind: 'promote-permission', shareArn, permission };
}

/** Going back, a share that a rollout made beside others goes; one that came of a policy stays (it cannot go back). */
function stepAtAddedShare(situation: Situation): Step | null {
  if (!situation.baseline.shares.some(isStandard)) return null;
  const [added] = addedShares(situation).filter(isStandard);
  return added === undefined ? null : { kind: 'delete-share', shareArn: added.shareArn };
}

function tagOf(situation: Situation): Step | null {
  const share = untaggedShare(situation);
  return share === undefined ? null : { kind: 'tag', shareArn: share.shareArn };
}

/** The shares decide and are right; the policy that RAM writes from them is not there yet. */
function lagging({ hasWritten }: Situation): Step {
  const reason = 'the policy does not show what the shares give yet';
  return { kind: 'wait', code: hasWritten ? 'not-in-sync' : 'image-busy', reason };
}

function residueOf({ policyGrants, policy, shares }: ObservedImage, situation: Situation): readonly Residue[] {
  const { baseline, direction } = situation;
  const isNobody = targetOf(situation).grants.length === 0;
  const residue: Residue[] = [];
  const addedStandard = addedShares(situation).some(isStandard);
  if (direction === 'backward' && addedStandard) residue.push('promoted');
  const hadPolicy = direction === 'backward' && baseline.policy !== null;
  if (isNobody && policy !== null && policyGrants.length === 0 && !hadPolicy && hasStatement(policy)) {
    residue.push('owner-only-policy');
  }
  const hadUnpromoted = direction === 'backward' && baseline.shares.some((share) => !isStandard(share));
  if (isNobody && !hadUnpromoted && shares.some((share) => !isStandard(share))) residue.push('unpromoted-share');
  return residue;
}

function hasStatement(policy: string): boolean {
  return /"Effect"\s*:/.test(policy);
}

function awaitingPrincipals({ observed }: Situation): readonly string[] {
  const principals = observed.shares.filter(isStandard).flatMap((share) => share.principals);
  const awaiting = principals.filter((principal) => isGiven(principal) && principal.status !== 'ASSOCIATED');
  return [...new Set(awaiting.map(({ principal }) => principal))].sort();
}

/** Whether the document says the grants; a principal that has not accepted may be missing from it. */
function isPolicyOf({ policyGrants }: ObservedImage, grants: readonly Grant[], awaiting: readonly string[]): boolean {
  const missing = grantsWithout(grants, policyGrants).filter(({ principal }) => !awaiting.includes(principal));
  return missing.length === 0 && grantsWithout(policyGrants, grants).length === 0;
}

function isHealthy(share: ObservedShare): boolean {
  return isStandard(share) && share.status === 'ACTIVE' && share.imageStatus === 'ASSOCIATED';
}

function sharesWith(share: ObservedShare, grants: readonly Grant[]): boolean {
  const wanted = new Set(principalsOf(grants));
  return share.principals.some(({ principal }) => wanted.has(principal));
}

function ourShares({ observed, baseline, memory }: Situation): readonly ObservedShare[] {
  return observed.shares.filter((share) => isOurs(share, baseline, memory.ownShareArns));
}

function foreignSharesOf({ observed, baseline, memory }: Situation): readonly ObservedShare[] {
  return observed.shares.filter((share) => !isOurs(share, baseline, memory.ownShareArns));
}

/** Shares of ours that the image did not have as STANDARD before. */
function addedShares(situation: Situation): readonly ObservedShare[] {
  const before = situation.baseline.shares.filter(isStandard).map(({ shareArn }) => shareArn);
  return ourShares(situation).filter(({ shareArn }) => !before.includes(shareArn));
}

/** Shares that carry the baseline: those it had as STANDARD, or else those that were promoted since. */
function keptShares(situation: Situation): readonly ObservedShare[] {
  const before = situation.baseline.shares.filter(isStandard).map(({ shareArn }) => shareArn);
  const ours = ourShares(situation);
  return before.length === 0 ? ours : ours.filter(({ shareArn }) => before.includes(shareArn));
}

function untaggedShare(situation: Situation): ObservedShare | undefined {
  return ourShares(situation).find((share) => isStandard(share) && share.rolloutTag === null);
}

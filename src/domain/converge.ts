import type { Carriers } from './align.ts';
import { nextAlignment } from './align.ts';
import type { Grant } from './grants.ts';
import { grantsWithout, normalGrants, principalsOf, sameGrants } from './grants.ts';
import { isChangedByAnother } from './meanwhile.ts';
import type { GlimpsedImage, GlimpsedShare, ObservedImage, ObservedShare } from './observation.ts';
import {
  acceptanceDueMs,
  givesKnownAlone,
  isGiven,
  isStandard,
  liveGrants,
  ourShares,
  shareGrants,
  shareTransitionOf,
  transitionOf,
} from './shares.ts';
import type { Memory, Situation, Target } from './situation.ts';
import type { Act, Residue, Step, Wait } from './step.ts';

const noShareYet: Wait = { kind: 'wait', code: 'share-not-found', reason: 'RAM shows no share for the policy yet' };

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
function targetOf({ direction, wanted, baseline }: Situation): Target {
  return direction === 'forward' ? wanted : { grants: baseline.grants, document: baseline.policy };
}

/**
 * What a glance at the shares of an image says already: the wait that {@link nextStep} would give, since what is in
 * transition comes first there; null where the rest has to be read.
 */
export function waitAtGlance({ shares }: GlimpsedImage, hasWritten: boolean): Wait | null {
  const reason = shareTransitionOf(shares);
  return reason === null ? null : waitFor(reason, shares, hasWritten);
}

/** The wait for the share that RAM makes of a policy, as far as a glance tells; null where the image is in a share. */
export function waitForFirstShare({ shares }: GlimpsedImage): Wait | null {
  return shares.length === 0 ? noShareYet : null;
}

/**
 * The tag that a share still lacks where the image is in STANDARD shares of ours alone, as far as a glance tells: a tag
 * gives nobody access, so nothing more has to be known. Null where the rest has to be read.
 */
export function tagAtGlance({ shares }: GlimpsedImage, { ownShareArns }: Memory): Act | null {
  const [untagged, ...others] = shares.filter(({ rolloutTag }) => rolloutTag === null);
  const isOurs = (share: GlimpsedShare): boolean => ownShareArns.includes(share.shareArn) && isStandard(share);
  if (untagged === undefined || !shares.every((share) => isOurs(share) && share.status === 'ACTIVE')) return null;
  return { kind: 'tag', shareArn: untagged.shareArn, isLast: others.length === 0 };
}

function stepInTransition({ observed, acceptanceGraceMs, hasWritten }: Situation): Step | null {
  const reason = transitionOf(observed, acceptanceGraceMs);
  if (reason === null) return null;
  const wait = waitFor(reason, observed.shares, hasWritten);
  const retryAfterMs = acceptanceDueMs(observed, acceptanceGraceMs);
  return retryAfterMs === null ? wait : { ...wait, retryAfterMs };
}

function waitFor(reason: string, shares: readonly GlimpsedShare[], hasWritten: boolean): Wait {
  if (!hasWritten) return { kind: 'wait', code: 'image-busy', reason };
  const isPromoting = shares.some(({ featureSet }) => featureSet === 'PROMOTING_TO_STANDARD');
  return { kind: 'wait', code: isPromoting ? 'promotion-pending' : 'not-in-sync', reason };
}

function stepWhereTargetHolds(situation: Situation): Step | null {
  const { observed, direction, hasWritten } = situation;
  const awaiting = awaitingPrincipals(situation);
  const holds = direction === 'forward' ? holdsWanted(situation, awaiting) : holdsBaseline(situation, awaiting);
  if (!holds) return null;
  const [adopted] = adoptedShares(situation).filter((share) => !isTaggedForGood(share, situation));
  if (adopted !== undefined) return { kind: 'untag', shareArn: adopted.shareArn };
  const [untagged, ...others] = hasWritten ? untaggedShares(situation) : [];
  if (untagged !== undefined) return { kind: 'tag', shareArn: untagged.shareArn, isLast: others.length === 0 };
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
  const { observed, baseline, wanted } = situation;
  const standard = baseline.shares.filter(isStandard);
  const areThere = standard.every(({ shareArn }) => {
    const share = observed.shares.find((candidate) => candidate.shareArn === shareArn);
    return share === undefined ? wanted.grants.length === 0 : isHealthy(share);
  });
  // Where our own act has deleted one, another has its place; the policy may go on saying for a while what it gave.
  const byShares = observed.shares.filter(isStandard).flatMap(shareGrants);
  const areGiven = grantsWithout(standard.flatMap(shareGrants), byShares).length === 0;
  return (
    areThere &&
    areGiven &&
    carriersOf(situation).leaving.length === 0 &&
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
  if (foreignShares === 'adopt' && foreign.otherResourceCount === 0)
    return { kind: 'tag', shareArn: foreign.shareArn, isLast: false };
  const reason =
    foreignShares === 'adopt'
      ? `${foreign.shareArn} covers ${foreign.otherResourceCount} other resources, so it is not adopted`
      : `${foreign.shareArn} ("${foreign.name}") does not carry the tag of this tool`;
  return { kind: 'stop', code: 'share-not-ours', reason };
}

/** Nobody is wanted: shares go first, so that RAM takes its grants out of the policy; then the policy is erased. */
function stepToNobody(situation: Situation): Step {
  const { observed, baseline, memory, isSettling } = situation;
  const carriers = carriersOf(situation);
  const [first] = carriers.leaving;
  if (first !== undefined) {
    return { kind: first.otherResourceCount === 0 ? 'delete-share' : 'remove-image', shareArn: first.shareArn };
  }
  if (carriers.kept.length > 0) {
    return nextAlignment(situation, [], carriers, foreignSharesOf(situation)) ?? lagging(situation);
  }
  if (observed.policyGrants.length === 0)
    return { kind: 'wait', code: 'not-in-sync', reason: 'RAM keeps the share for now' };
  const isUnpromoted = observed.shares.some((share) => !isStandard(share));
  // RAM takes what its shares gave out of the policy by itself, and later.
  const isUpToRam = memory.removedShareArns.length > 0 || baseline.shares.some(isStandard);
  const isOneGone = memory.ownShareArns.some((arn) => observed.shares.every(({ shareArn }) => shareArn !== arn));
  if ((isUpToRam && !isUnpromoted) || ((isUpToRam || isOneGone) && isSettling)) return lagging(situation);
  if (foreignSharesOf(situation).length > 0) return lagging(situation);
  const { document } = targetOf(situation);
  return document === null ? { kind: 'erase' } : { kind: 'put', document };
}

function stepToGrants(situation: Situation): Step {
  const { observed, direction, baseline } = situation;
  const { grants, document } = targetOf(situation);
  // What AWS does with a policy that is put over a STANDARD share is not documented: then RAM alone is asked.
  const isUpToRam = [...observed.shares, ...(direction === 'backward' ? baseline.shares : [])].some(isStandard);
  if (!isUpToRam && !sameGrants(observed.policyGrants, grants)) {
    return document === null ? { kind: 'erase' } : { kind: 'put', document };
  }
  if (!isUpToRam && observed.shares.length === 0) {
    return noShareYet;
  }
  return (
    (direction === 'forward' ? nextPromotion(situation) : promotionToUndo(situation)) ??
    tagOf(situation) ??
    nextAlignment(situation, grants, carriersOf(situation), foreignSharesOf(situation)) ??
    lagging(situation)
  );
}

function nextPromotion(situation: Situation): Step | null {
  const { wanted, memory, isSettling } = situation;
  const ours = ourShares(situation);
  const failed = ours.find((share) => share.status === 'FAILED' || share.imageStatus === 'FAILED');
  if (failed !== undefined) return { kind: 'stop', code: 'share-failed', reason: `${failed.shareArn} is FAILED` };
  const unpromoted = ours.find((share) => !isStandard(share));
  if (unpromoted === undefined) return null;
  const isStale = !sameGrants(ours.flatMap(shareGrants), wanted.grants);
  // RAM may update the share later than the policy; what it would make visible must be known to this transaction.
  if (isStale && (isSettling || !givesKnownAlone(unpromoted, situation))) {
    return {
      kind: 'wait',
      code: 'share-not-found',
      reason: `${unpromoted.shareArn} does not say what the policy says yet`,
    };
  }
  return promotionOf(unpromoted, memory);
}

/**
 * A policy cannot be taken back where a share of it is STANDARD already. Its other shares are promoted too, and then all
 * are put right through RAM; beside a STANDARD share of the baseline, only where something of the policy is too much.
 */
function promotionToUndo(situation: Situation): Step | null {
  const { observed, baseline, isSettling } = situation;
  const unpromoted = ourShares(situation).filter((share) => !isStandard(share));
  const { grants } = targetOf(situation);
  const { policyGrants } = observed;
  const byShares = observed.shares.filter(isStandard).flatMap(shareGrants);
  const isPolicyWrong = !isSettling && grantsWithout(policyGrants, [...grants, ...byShares]).length > 0;
  const isWrong = (share: ObservedShare) =>
    grantsWithout(shareGrants(share), grants).length + grantsWithout(shareGrants(share), policyGrants).length > 0;
  const isEach = !baseline.shares.some(isStandard) || isPolicyWrong;
  const [next] = unpromoted.filter((share) => isEach || isWrong(share));
  return next === undefined ? null : promotionOf(next, situation.memory);
}

function promotionOf({ shareArn, permissions: [permission] }: ObservedShare, memory: Memory): Step {
  const isUnmatched =
    memory.unmatchedShareArns.includes(shareArn) && !memory.promotedPermissionShareArns.includes(shareArn);
  return isUnmatched && permission !== undefined
    ? { kind: 'promote-permission', shareArn, permission }
    : { kind: 'promote', shareArn };
}

function tagOf(situation: Situation): Step | null {
  const [share] = untaggedShares(situation);
  return share === undefined ? null : { kind: 'tag', shareArn: share.shareArn, isLast: false };
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
  if (direction === 'backward' && isPromotedSince(situation)) residue.push('promoted');
  const hadPolicy = direction === 'backward' && baseline.policy !== null;
  if (isNobody && policy !== null && policyGrants.length === 0 && !hadPolicy && hasStatement(policy)) {
    residue.push('owner-only-policy');
  }
  const hadUnpromoted = direction === 'backward' && baseline.shares.some((share) => !isStandard(share));
  if (isNobody && !hadUnpromoted && shares.some((share) => !isStandard(share))) residue.push('unpromoted-share');
  if (adoptedShares(situation).length > 0) residue.push('rollout-tag');
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

function foreignSharesOf(situation: Situation): readonly ObservedShare[] {
  const ours = ourShares(situation);
  return situation.observed.shares.filter((share) => !ours.includes(share));
}

/** Whether a share is STANDARD that an image without a STANDARD share has had before, or that came of its policy. */
function isPromotedSince(situation: Situation): boolean {
  const { baseline } = situation;
  const before = baseline.shares.filter(isStandard).map(({ shareArn }) => shareArn);
  const hadOthers = baseline.shares.length === 0 || before.length < baseline.shares.length;
  return hadOthers && ourShares(situation).some((share) => isStandard(share) && !before.includes(share.shareArn));
}

/**
 * Which STANDARD shares of ours stay. Going back, one that the image did not have goes, unless it stands for one that
 * it had: for a share that is gone, or for a policy without share.
 */
function carriersOf(situation: Situation): Carriers {
  const { observed, baseline, direction } = situation;
  const ours = ourShares(situation).filter(isStandard);
  const isNobody = targetOf(situation).grants.length === 0;
  if (direction === 'forward') {
    return isNobody ? { kept: [], leaving: ours, mayGrow: false } : { kept: ours, leaving: [], mayGrow: true };
  }
  const live = observed.shares.map(({ shareArn }) => shareArn);
  const areAllLive = baseline.shares.every(({ shareArn }) => live.includes(shareArn));
  const isReplaced = !isNobody && (baseline.shares.length === 0 || !areAllLive);
  if (isReplaced) return { kept: ours, leaving: [], mayGrow: true };
  const before = baseline.shares.filter((share) => !isNobody || isStandard(share)).map(({ shareArn }) => shareArn);
  return {
    kept: ours.filter(({ shareArn }) => before.includes(shareArn)),
    leaving: ours.filter(({ shareArn }) => !before.includes(shareArn)),
    mayGrow: false,
  };
}

function untaggedShares(situation: Situation): readonly ObservedShare[] {
  return ourShares(situation).filter(
    (share) => isStandard(share) && share.rolloutTag === null && !isGivenBack(share, situation),
  );
}

/** Shares that were taken over, and go back to whom they belong: with our tag on it, one would stay ours for later rollouts. */
function adoptedShares(situation: Situation): readonly ObservedShare[] {
  return situation.observed.shares.filter((share) => share.rolloutTag !== null && isGivenBack(share, situation));
}

function isTaggedForGood({ shareArn }: ObservedShare, { memory }: Situation): boolean {
  return memory.taggedForGoodShareArns.includes(shareArn);
}

function isGivenBack({ shareArn }: ObservedShare, { direction, baseline }: Situation): boolean {
  const before = baseline.shares.find((share) => share.shareArn === shareArn);
  return direction === 'backward' && before !== undefined && isStandard(before) && before.rolloutTag === null;
}

import { imageArnParts } from './arn.ts';
import type { Grade } from './grade.ts';
import { gradeOf } from './grade.ts';
import type { GradedChange } from './grade.ts';
import { normalGrants, principalsOf } from './grants.ts';
import type { GrantsDiff } from './grants-diff.ts';
import { diffGrants } from './grants-diff.ts';
import type { LaunchPermission } from './launch-permission.ts';
import { withoutLaunchPermission } from './launch-permission.ts';
import type { ObservedImage, ObservedShare } from './observation.ts';
import { foreignSharesOf, isGiven, isStandard, leftGrants, liveGrants } from './shares.ts';
import type { ForeignShares, Target } from './situation.ts';
import { judgeVisibility } from './visibility.ts';

/** What covers an image: no share, one that its principals do not find, one that they do, or one that is not ours. */
export type ShareState = 'none' | 'not-promoted' | 'standard' | 'foreign';

/** What a rollout would do to an image. */
export interface ImageChange {
  readonly grade: Grade;
  /** From what is live to what is wanted. */
  readonly diff: GrantsDiff;
  /** Principals who will find the image and do not now; sorted. */
  readonly becomesVisibleTo: readonly string[];
  /** Principals who find the image now and will not; sorted. */
  readonly becomesInvisibleTo: readonly string[];
  readonly shareState: ShareState;
  /** Wanted principals who cannot launch the AMI of the image, as far as its distribution tells; sorted. */
  readonly withoutLaunchPermission: readonly string[];
  /** Calls to AWS that the change takes where nothing has to be waited for or repeated, reads included. */
  readonly callCount: number;
}

/** What an image is, what is wanted of it, and by which rules. */
export interface ChangeFacts extends Pick<GradedChange, 'acceptedPrincipals' | 'guardrails'> {
  readonly observed: ObservedImage;
  readonly wanted: Target;
  readonly foreignShares: ForeignShares;
  /** Null where it is not known. */
  readonly launchPermission: LaunchPermission | null;
}

/** What a rollout would do to an image that it may change. */
export function changeOf({ observed, wanted, foreignShares, launchPermission, ...rules }: ChangeFacts): ImageChange {
  const foreign = foreignSharesOf(observed);
  const target = normalGrants([...wanted.grants, ...leftGrants(observed, foreignShares)]);
  const diff = diffGrants(liveGrants(observed), target);
  const found = foundBy(observed);
  const wantedPrincipals = principalsOf(target);
  const becomesVisibleTo = wantedPrincipals.filter(
    (principal) => !found.has(principal) && !isInvited(observed, principal),
  );
  const isPromoting = becomesVisibleTo.length > 0 || observed.shares.some((share) => !isStandard(share));
  const shareState = shareStateOf(observed, foreign);
  return {
    grade: gradeOf({ diff, isPromoting, ...rules }),
    diff,
    becomesVisibleTo,
    becomesInvisibleTo: [...found].filter((principal) => !wantedPrincipals.includes(principal)).sort(),
    shareState,
    withoutLaunchPermission: cannotLaunch(observed, wanted, launchPermission),
    callCount: callCountOf(shareState, diff, target.length === 0),
  };
}

function cannotLaunch(
  { image }: ObservedImage,
  { grants }: Target,
  permission: LaunchPermission | null,
): readonly string[] {
  if (permission === null) return [];
  return withoutLaunchPermission(principalsOf(grants), imageArnParts(image).account, permission);
}

/** Principals that would lose access: only of them it has to be known whether they had accepted an invitation. */
export function leavingPrincipals(
  observed: ObservedImage,
  { grants }: Target,
  foreignShares: ForeignShares,
): readonly string[] {
  const staying = new Set(principalsOf([...grants, ...leftGrants(observed, foreignShares)]));
  return principalsOf(liveGrants(observed)).filter((principal) => !staying.has(principal));
}

/** Principals who find the image now, from what the owner sees. */
function foundBy(observed: ObservedImage): ReadonlySet<string> {
  const verdicts = judgeVisibility(observed, { grants: liveGrants(observed), document: null }, {});
  return new Set(verdicts.filter(({ verdict }) => verdict === 'VISIBLE').map(({ principal }) => principal));
}

/** Whether it is up to the principal: it was given access and has not accepted yet. */
function isInvited({ shares }: ObservedImage, principal: string): boolean {
  const own = shares.filter(isStandard).flatMap((share) => share.principals);
  return own.some((candidate) => candidate.principal === principal && isGiven(candidate));
}

function shareStateOf({ shares }: ObservedImage, foreign: readonly ObservedShare[]): ShareState {
  if (foreign.length > 0) return 'foreign';
  if (shares.length === 0) return 'none';
  return shares.every(isStandard) ? 'standard' : 'not-promoted';
}

// One look at an image: its policy, and where a share covers it about one call more for its part of RAM's lists, which are
// read for many images together.
const bareLook = 1;
const sharedLook = 2;

/** The transaction looks before each act and behind the last one: validate, its acts, the proof. */
function callCountOf(shareState: ShareState, diff: GrantsDiff, isNobody: boolean): number {
  const look = shareState === 'none' ? bareLook : sharedLook;
  const validation = 1 + look;
  if (isNobody) return validation + 2 * (look + 1) + bareLook;
  if (shareState === 'none' || shareState === 'not-promoted') {
    // The put, the promotion, the look that sees its end, the tag, the proof.
    return validation + (look + 1) + 2 * (sharedLook + 1) + 2 * sharedLook;
  }
  const acts = ['added', 'removed', 'changed'].filter((kind) => diff.some(({ change }) => change === kind)).length;
  return validation + acts * (sharedLook + 1) + 3 * sharedLook;
}

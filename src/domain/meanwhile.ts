import type { Grant } from './grants.ts';
import { principalsOf, sameGrants } from './grants.ts';
import type { ObservedImage } from './observation.ts';
import { isOurs, isStandard, liveGrants, ourShares } from './shares.ts';
import type { Situation } from './situation.ts';

/**
 * Says in words what somebody else did to the image since its baseline was taken; null where everything that is there
 * can have come from this transaction. AWS has no conditional write, so this is read before each act.
 */
export function isChangedByAnother(situation: Situation): string | null {
  return newForeignShare(situation) ?? lostShare(situation) ?? strangeGrants(situation);
}

function newForeignShare(situation: Situation): string | null {
  const { observed, baseline } = situation;
  const known = new Set(baseline.shares.map(({ shareArn }) => shareArn));
  const ours = ourShares(situation);
  const strange = observed.shares.find((share) => !known.has(share.shareArn) && !ours.includes(share));
  return strange === undefined ? null : `${strange.shareArn} ("${strange.name}") now covers the image`;
}

function lostShare({ observed, baseline, wanted, memory }: Situation): string | null {
  const live = new Set(observed.shares.map(({ shareArn }) => shareArn));
  const lost = baseline.shares.find(
    (share) =>
      isStandard(share) &&
      !live.has(share.shareArn) &&
      !memory.removedShareArns.includes(share.shareArn) &&
      // Where nobody is wanted, a share of ours goes by our own act, also one that a crash made us forget.
      !(wanted.grants.length === 0 && isOurs(share, baseline, memory.ownShareArns)),
  );
  return lost === undefined ? null : `${lost.shareArn} ("${lost.name}") does not cover the image any more`;
}

function strangeGrants(situation: Situation): string | null {
  const { observed, baseline, wanted } = situation;
  const live = liveGrants(observed);
  const isKnown = isStepwise(situation)
    ? isOnTheWay(observed, baseline.grants, wanted.grants)
    : sameGrants(live, baseline.grants) || sameGrants(live, wanted.grants);
  if (isKnown) return null;
  const names = principalsOf(live).join(', ');
  return `the live grants are neither the baseline's nor the wanted ones: ${names === '' ? 'nobody has access' : names}`;
}

/** Whether RAM is changed, or was: a policy alone is replaced at once, shares are not, and RAM writes the policy later. */
function isStepwise({ observed, baseline, memory }: Situation): boolean {
  const live = new Set(observed.shares.map(({ shareArn }) => shareArn));
  const isOneGone = [...memory.ownShareArns, ...memory.removedShareArns].some((shareArn) => !live.has(shareArn));
  return isOneGone || [...observed.shares, ...baseline.shares].some(isStandard);
}

/**
 * RAM is changed step by step, first adding, then taking away, in either direction: what is live has every principal
 * of one end, and besides only some of the other end's. Whom RAM failed to associate is still in its share.
 */
function isOnTheWay(observed: ObservedImage, baseline: readonly Grant[], wanted: readonly Grant[]): boolean {
  const live = liveGrants(observed);
  const named = new Set(observed.shares.flatMap((share) => share.principals).map(({ principal }) => principal));
  const there = principalsOf(live);
  const ends = [principalsOf(baseline), principalsOf(wanted)];
  const all = new Set(ends.flat());
  const permissions = new Set([...baseline, ...wanted].map(permissionOf));
  return (
    there.every((principal) => all.has(principal)) &&
    ends.some((end) => end.every((principal) => there.includes(principal) || named.has(principal))) &&
    live.every((grant) => permissions.has(permissionOf(grant)))
  );
}

function permissionOf({ action, condition }: Grant): string {
  return `${action} ${condition ?? ''}`;
}

import type { Grant } from './grants.ts';
import { principalsOf, sameGrants } from './grants.ts';
import { isOurs, isStandard, liveGrants } from './shares.ts';
import type { Situation } from './situation.ts';

/**
 * Says in words what somebody else did to the image since its baseline was taken; null where everything that is there
 * can have come from this transaction. AWS has no conditional write, so this is read before each act.
 */
export function isChangedByAnother(situation: Situation): string | null {
  return newForeignShare(situation) ?? lostShare(situation) ?? strangeGrants(situation);
}

function newForeignShare({ observed, baseline, memory }: Situation): string | null {
  const known = new Set(baseline.shares.map(({ shareArn }) => shareArn));
  const strange = observed.shares.find(
    (share) => !known.has(share.shareArn) && !isOurs(share, baseline, memory.ownShareArns),
  );
  return strange === undefined ? null : `${strange.shareArn} ("${strange.name}") now covers the image`;
}

function lostShare({ observed, baseline, memory }: Situation): string | null {
  const live = new Set(observed.shares.map(({ shareArn }) => shareArn));
  const lost = baseline.shares.find(
    (share) => isStandard(share) && !live.has(share.shareArn) && !memory.removedShareArns.includes(share.shareArn),
  );
  return lost === undefined ? null : `${lost.shareArn} ("${lost.name}") does not cover the image any more`;
}

function strangeGrants({ observed, baseline, wanted }: Situation): string | null {
  const live = liveGrants(observed);
  const isStepwise = observed.shares.some(isStandard);
  const isKnown = isStepwise
    ? isOnTheWay(live, baseline.grants, wanted.grants)
    : sameGrants(live, baseline.grants) || sameGrants(live, wanted.grants);
  if (isKnown) return null;
  const names = principalsOf(live).join(', ');
  return `the live grants are neither the baseline's nor the wanted ones: ${names === '' ? 'nobody has access' : names}`;
}

/**
 * RAM is changed step by step, first adding, then taking away, in either direction: what is live has every principal
 * of one end, and besides only some of the other end's.
 */
function isOnTheWay(live: readonly Grant[], baseline: readonly Grant[], wanted: readonly Grant[]): boolean {
  const there = principalsOf(live);
  const ends = [principalsOf(baseline), principalsOf(wanted)];
  const all = new Set(ends.flat());
  const permissions = new Set([...baseline, ...wanted].map(permissionOf));
  return (
    there.every((principal) => all.has(principal)) &&
    ends.some((end) => end.every((principal) => there.includes(principal))) &&
    live.every((grant) => permissions.has(permissionOf(grant)))
  );
}

function permissionOf({ action, condition }: Grant): string {
  return `${action} ${condition ?? ''}`;
}

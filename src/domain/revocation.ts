import type { Grant } from './grants.ts';
import { principalsOf } from './grants.ts';
import { isOf } from './holds.ts';
import type { Baseline, ObservedImage, ObservedShare } from './observation.ts';
import { withoutPrincipals } from './policy.ts';
import { isOurs, liveGrants, shareGrants, baselineOf } from './shares.ts';
import type { Situation } from './situation.ts';

/** Whether a revocation has anything to take from an image. */
export function hasAccess(observed: ObservedImage, principal: string): boolean {
  return liveGrants(observed).some((grant) => isOf(grant, principal));
}

/** The grants that a revocation leaves. */
export function grantsLeft(grants: readonly Grant[], principal: string): readonly Grant[] {
  return grants.filter((grant) => !isOf(grant, principal));
}

/**
 * The two ends of a revocation's way. It goes as an undo does, never promoting in order to take away: back to what was
 * there, as if the principal had never been in it.
 */
export function revocationOf(baseline: Baseline, principal: string): Pick<Situation, 'baseline' | 'wanted'> {
  const grants = grantsLeft(baseline.grants, principal);
  const gone = principalsOf(baseline.grants.filter((grant) => isOf(grant, principal)));
  const policy = baseline.policy === null ? null : withoutPrincipals(baseline.policy, gone);
  return {
    baseline: {
      policy,
      grants,
      shares: baseline.shares.map((share) => ({
        ...share,
        principals: share.principals.filter((one) => !gone.includes(one.principal)),
      })),
    },
    wanted: { grants: baseline.grants, document: baseline.policy },
  };
}

/** A share that gives the principal access and is not ours to change; null where there is none. */
export function foreignGiver(observed: ObservedImage, principal: string): ObservedShare | null {
  const baseline = baselineOf(observed);
  const gives = (share: ObservedShare): boolean => shareGrants(share).some((grant) => isOf(grant, principal));
  return observed.shares.find((share) => gives(share) && !isOurs(share, baseline, [])) ?? null;
}

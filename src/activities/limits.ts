import type { StepInput } from '../contracts/activities.ts';
import { AppError } from '../domain/errors.ts';
import type { Grant } from '../domain/grants.ts';
import { checkLimits } from '../domain/limits.ts';
import type { Dependencies } from './dependencies.ts';
import { revokedPrincipal } from './revoked.ts';

/**
 * Throws `limits-exceeded` where the worker may not give these grants, or may not touch the owner's account. A revocation
 * gives nothing: what it leaves is not asked about.
 */
export function requireWithinLimits({ limits }: Dependencies, input: StepInput, grants: readonly Grant[]): void {
  const { image } = input;
  const wantedGrants = revokedPrincipal(input) === null ? grants : [];
  const reason = limits === null ? null : checkLimits(limits.rules, { image, wantedGrants });
  if (reason !== null) throw new AppError('limits-exceeded', `${image}: ${reason}`, { item: image });
}

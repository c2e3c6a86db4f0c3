import type { StepInput } from '../contracts/activities.ts';
import { AppError } from '../domain/errors.ts';
import type { Grant } from '../domain/grants.ts';
import { checkLimits } from '../domain/limits.ts';
import type { Dependencies } from './dependencies.ts';

/** Throws `limits-exceeded` where the worker may not give these grants, or may not touch the owner's account. */
export function requireWithinLimits({ limits }: Dependencies, { image }: StepInput, grants: readonly Grant[]): void {
  const reason = limits === null ? null : checkLimits(limits.rules, { image, wantedGrants: grants });
  if (reason !== null) throw new AppError('limits-exceeded', `${image}: ${reason}`, { item: image });
}

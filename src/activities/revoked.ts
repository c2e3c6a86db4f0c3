import type { StepInput } from '../contracts/activities.ts';

/** The principal whose access a rollout takes away; null for every other rollout, also for one that undoes that. */
export function revokedPrincipal({ policy, earlier }: Pick<StepInput, 'policy' | 'earlier'>): string | null {
  return 'withoutPrincipal' in policy && earlier?.kind !== 'undo' ? policy.withoutPrincipal : null;
}

import type { ScheduledOutcome, ScheduleInput } from './schedule.ts';

type LastOutcome = Pick<ScheduledOutcome, 'startedAt' | 'kind' | 'detail'>;

/**
 * What the page of a schedule says in the Temporal UI: why it is paused and how to go on, or its mode, the manifest's name
 * and digest, and how the last run ended.
 */
export function scheduleNote({
  spec,
  rules,
  outcome,
}: Pick<ScheduleInput, 'spec' | 'rules'> & { readonly outcome?: LastOutcome | null }): string {
  const head = `${rules.mode}${rules.isRegranting ? ' with regrants' : ''} ${spec.rolloutName} sha256 ${spec.manifestSha256.slice(0, 12)}`;
  if (outcome === undefined || outcome === null) return `${head}; no run yet`;
  return `${head}; ${outcome.startedAt} ${outcome.kind}: ${outcome.detail}`;
}

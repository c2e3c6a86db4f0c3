import type { RolloutOrigin } from '../contracts/rollout.ts';
import { AppError } from '../domain/errors.ts';
import type { OverridableGuardrail } from '../domain/guardrails.ts';
import type { Session } from './session.ts';

/** What a command line says about who wants a rollout, why, and by which rules. */
export interface OriginOptions {
  readonly reason?: string;
  readonly annotation?: Readonly<Record<string, string>>;
  readonly skipBlocked?: true;
  readonly allowEmpty?: true;
  readonly allowIrreversible?: true;
  readonly override?: readonly OverridableGuardrail[];
}

/** The origin of a rollout that was asked for here. Throws `usage-wrong` where a guardrail is set aside without a reason. */
export function rolloutOrigin({ io }: Session, options: OriginOptions): RolloutOrigin {
  const { reason, annotation, skipBlocked, allowEmpty, allowIrreversible, override = [] } = options;
  if (override.length > 0 && reason === undefined) {
    throw new AppError('usage-wrong', 'A guardrail is set aside for a reason: give --reason', {
      item: override.join(),
    });
  }
  return {
    startedBy: io.who,
    ...(reason === undefined ? {} : { reason }),
    annotations: annotation ?? {},
    isSkippingBlocked: skipBlocked === true,
    isEmptyAllowed: allowEmpty === true,
    ...(allowIrreversible === true ? { isIrreversibleAllowed: true } : {}),
    overrides: [...new Set(override)],
  };
}

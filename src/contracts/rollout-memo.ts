import type { RolloutInput } from './rollout.ts';

/** What a rollout's memo says about its start: readable in the UI and by `describe`, without a worker. */
export interface RolloutMemo {
  readonly manifestSha256: string;
  /** Of the plan that is carried out; null where none is. */
  readonly planSha256: string | null;
  readonly startedBy: string;
  readonly reason: string | null;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The memo that a rollout starts with; {@link readRolloutMemo} is its inverse. */
export function rolloutMemo({ spec, origin, plan }: RolloutInput): Record<string, unknown> {
  return {
    rolloutName: spec.rolloutName,
    manifestSha256: spec.manifestSha256,
    planSha256: plan?.planSha256 ?? null,
    startedBy: origin.startedBy,
    reason: origin.reason ?? null,
    annotations: origin.annotations,
  };
}

/** Reads a memo. What a rollout that was started in another way lacks is empty. */
export function readRolloutMemo(memo: Readonly<Record<string, unknown>> | undefined): RolloutMemo {
  const { manifestSha256, planSha256, startedBy, reason, annotations } = memo ?? {};
  return {
    manifestSha256: typeof manifestSha256 === 'string' ? manifestSha256 : '',
    planSha256: typeof planSha256 === 'string' ? planSha256 : null,
    startedBy: typeof startedBy === 'string' ? startedBy : '',
    reason: typeof reason === 'string' ? reason : null,
    annotations: isTextRecord(annotations) ? annotations : {},
  };
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((entry) => typeof entry === 'string')
  );
}

import type { RateLimits } from '../domain/rate-limits.ts';

/** Whose resources, where, and with which role. */
export interface AwsAccess {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  /** Role to assume in the account; without it the SDK's default credentials are used as they are. */
  readonly roleArn?: string;
  /** What the trust policy of the role may ask for. */
  readonly externalId?: string;
  /** Caps of whoever calls, in calls a second. */
  readonly rateLimits?: RateLimits;
  /** Whether its calls begin before those of others, whatever caps these have named; absent means no. */
  readonly isUrgent?: true;
}

/** How calls are made: when they stop, and how reads are repeated. Writes are made once. */
export interface AwsCall {
  readonly signal: AbortSignal;
  /** Repeats `once` as the caller decides; `once` rejects with an AppError, or with an abort. */
  readonly read: <T>(once: () => Promise<T>) => Promise<T>;
}

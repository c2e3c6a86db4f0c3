import { profiles } from './profiles.ts';
import type { Behaviour, ProfileName } from './profiles.ts';

/** A role that STS knows by name. Roles that nobody registered can be assumed by everybody. */
export type RoleRule = {
  readonly arn: string;
  /** Without exactly this external id the role is denied. */
  readonly externalId?: string;
  readonly isDenied?: boolean;
};

/** A token bucket for each account × Region. */
export type RateLimit = {
  /** One operation, or `*`: one bucket for all calls of the account and Region. */
  readonly operation: string;
  readonly ratePerSecond: number;
  readonly burst: number;
  /** Sent with the 429 as a `Retry-After` header, in seconds. */
  readonly retryAfterSeconds?: number;
  /** Sent with the 429 as an `x-amz-retry-after` header, in milliseconds. */
  readonly retryAfterMs?: number;
};

/** Who shares without invitations. */
export type Organization = {
  readonly id: string;
  readonly managementAccount: string;
  /** The accounts inside; absent: every account is. */
  readonly members?: readonly string[];
};

/** What can be changed while the simulator runs. */
export type Settings = {
  readonly profile: ProfileName;
  /** Profile values replaced one by one. */
  readonly behaviour: Partial<Behaviour>;
  /** From PutImagePolicy to the share that RAM makes of it, or adapts to it. */
  readonly shareLagMs: number;
  /** From promotion to STANDARD. */
  readonly promotionLagMs: number;
  /** From ASSOCIATING, DISASSOCIATING and DELETING to their ends. */
  readonly associationLagMs: number;
  /** From CreateResourceShare to ACTIVE; until then the share is PENDING, and nobody and nothing is in it. */
  readonly creationLagMs: number;
  readonly invitationLifetimeMs: number;
  readonly maxPendingInvitationCount: number;
  /** Customer managed permissions of one resource type, per account and Region. */
  readonly maxPermissionCount: number;
  /** How long DELETED shares and DISASSOCIATED associations go on being listed. */
  readonly lingerMs: number;
  /** Every list begins with an empty page that has a nextToken. */
  readonly emptyPages: boolean;
  readonly organization: Organization;
  readonly roles: readonly RoleRule[];
  readonly rateLimits: readonly RateLimit[];
};

/** No lag, nobody outside the organisation, no limits. */
export const defaultSettings: Settings = {
  profile: 'likely',
  behaviour: {},
  shareLagMs: 0,
  promotionLagMs: 0,
  associationLagMs: 0,
  creationLagMs: 0,
  invitationLifetimeMs: 12 * 3_600_000,
  maxPendingInvitationCount: 20,
  maxPermissionCount: 10,
  lingerMs: 2 * 3_600_000,
  emptyPages: false,
  organization: { id: 'o-simulated01', managementAccount: '999999999999' },
  roles: [],
  rateLimits: [],
};

/** The profile with the values that were replaced. */
export function behaviourOf(settings: Settings): Behaviour {
  return { ...profiles[settings.profile], ...settings.behaviour };
}

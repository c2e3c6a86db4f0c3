import type { ImageArn } from './arn.ts';
import { imageArnParts } from './arn.ts';
import type { Grant } from './grants.ts';
import { accountOfPrincipal } from './principal.ts';

/** A role that a worker may assume. */
export interface AssumableRole {
  readonly roleArn: string;
  /** What the role's trust policy asks for. */
  readonly externalId?: string;
}

/**
 * What a worker may do at most, said by whoever runs it: a manifest is written by whoever asks, and cannot widen this.
 * What is not named here is forbidden.
 */
export interface WorkerLimits {
  /** Accounts whose images may be changed; null where the worker's own credentials are used there. */
  readonly ownerAccounts: Readonly<Record<string, AssumableRole | null>>;
  /** Further roles that a manifest may name. */
  readonly assumableRoles: readonly AssumableRole[];
  readonly grantableAccounts: readonly string[];
  /** `o-…` or `ou-…`. */
  readonly grantableOrganizations: readonly string[];
  /** Most images of one rollout. */
  readonly maxImages: number;
}

/** What is about to be written. */
export interface LimitedChange {
  readonly image: ImageArn;
  /** All grants that the image shall have afterwards: also those that only come back in an undo. */
  readonly wantedGrants: readonly Grant[];
}

/** Why a change is beyond the limits, as a sentence; null where it is within them. */
export function checkLimits(limits: WorkerLimits, { image, wantedGrants }: LimitedChange): string | null {
  const { account } = imageArnParts(image);
  if (!Object.hasOwn(limits.ownerAccounts, account))
    return `The worker may not change images of the account ${account}.`;
  const forbidden = wantedGrants.find(({ principal }) => !isGrantable(limits, principal));
  return forbidden === undefined ? null : `The worker may not give access to ${forbidden.principal}.`;
}

/** Why a rollout of so many images is beyond the limits, as a sentence; null where it is within them. */
export function checkImageCount({ maxImages }: WorkerLimits, imageCount: number): string | null {
  return imageCount <= maxImages
    ? null
    : `The worker takes ${maxImages} images a rollout, and these are ${imageCount}.`;
}

/** The role that the limits name for an owner's account; null where they name none. */
export function ownerRole(limits: WorkerLimits, account: string): AssumableRole | null {
  return Object.hasOwn(limits.ownerAccounts, account) ? (limits.ownerAccounts[account] ?? null) : null;
}

/** A role that a manifest names, with the external id of the limits; null where the worker may not assume it. */
export function assumableRole(limits: WorkerLimits, roleArn: string): AssumableRole | null {
  const roles = [...Object.values(limits.ownerAccounts), ...limits.assumableRoles];
  return roles.find((role) => role?.roleArn === roleArn) ?? null;
}

function isGrantable({ grantableAccounts, grantableOrganizations }: WorkerLimits, principal: string): boolean {
  const account = accountOfPrincipal(principal);
  return account === null ? grantableOrganizations.includes(principal) : grantableAccounts.includes(account);
}

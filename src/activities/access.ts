import type { AwsAccess } from '../aws/access.ts';
import type { ImageOptions } from '../contracts/image.ts';
import type { ImageArn } from '../domain/arn.ts';
import { imageArnParts } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import type { AssumableRole, WorkerLimits } from '../domain/limits.ts';
import { assumableRole, ownerRole } from '../domain/limits.ts';

/** Access to the owner's side of an image. Throws `limits-exceeded` where the manifest names a role that the limits do not. */
export function ownerAccess(
  image: ImageArn,
  options: Pick<ImageOptions, 'ownerRoles' | 'rateLimits' | 'isUrgent'>,
  limits: WorkerLimits | null,
): AwsAccess {
  const { account, region, partition } = imageArnParts(image);
  return ownerAccessAt({ account, region, partition }, options, limits);
}

/** Access to an owner's account in a Region. Throws as {@link ownerAccess} does. */
export function ownerAccessAt(
  { account, region, partition }: Pick<AwsAccess, 'account' | 'region' | 'partition'>,
  { ownerRoles, rateLimits, isUrgent }: Pick<ImageOptions, 'ownerRoles' | 'rateLimits' | 'isUrgent'>,
  limits: WorkerLimits | null,
): AwsAccess {
  const named = ownerRoles[account]?.roleArn;
  const role = named === undefined ? roleOfLimits(limits, account) : checkedRole(limits, named);
  const turn = { ...(rateLimits === undefined ? {} : { rateLimits }), ...(isUrgent === true ? { isUrgent } : {}) };
  return { account, region, partition, ...role, ...turn };
}

/** Access to a consumer's side, with the role that the manifest names for its account; null where it names none. */
export function consumerAccess(
  image: ImageArn,
  account: string,
  options: Pick<ImageOptions, 'consumerRoles' | 'rateLimits'>,
  limits: WorkerLimits | null,
): AwsAccess | null {
  const { region, partition } = imageArnParts(image);
  return consumerAccessAt({ account, region, partition }, options, limits);
}

/** The same in a Region. */
export function consumerAccessAt(
  { account, region, partition }: Pick<AwsAccess, 'account' | 'region' | 'partition'>,
  { consumerRoles, rateLimits }: Pick<ImageOptions, 'consumerRoles' | 'rateLimits'>,
  limits: WorkerLimits | null,
): AwsAccess | null {
  const named = consumerRoles[account]?.roleArn;
  if (named === undefined) return null;
  const role = checkedRole(limits, named);
  return { account, region, partition, ...role, ...(rateLimits === undefined ? {} : { rateLimits }) };
}

function roleOfLimits(limits: WorkerLimits | null, account: string): AssumableRole | null {
  return limits === null ? null : ownerRole(limits, account);
}

function checkedRole(limits: WorkerLimits | null, roleArn: string): AssumableRole {
  if (limits === null) return { roleArn };
  const role = assumableRole(limits, roleArn);
  if (role !== null) return role;
  throw new AppError('limits-exceeded', `The worker may not assume ${roleArn}`, { item: roleArn });
}

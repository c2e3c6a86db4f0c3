/** The operations of Image Builder and RAM that a rollout calls: AWS has a limit for each, by account and Region. */
export const limitedOperations = [
  'AssociateResourceShare',
  'AssociateResourceSharePermission',
  'CreatePermission',
  'CreateResourceShare',
  'DeleteResourceShare',
  'DisassociateResourceShare',
  'GetImage',
  'GetImagePolicy',
  'GetPermission',
  'GetResourceShareAssociations',
  'GetResourceShareInvitations',
  'GetResourceShares',
  'ListImageBuildVersions',
  'ListImages',
  'ListPermissions',
  'ListResourceSharePermissions',
  'ListResources',
  'PromotePermissionCreatedFromPolicy',
  'PromoteResourceShareCreatedFromPolicy',
  'PutImagePolicy',
  'TagResource',
  'UntagResource',
] as const;

/** One of them. */
export type LimitedOperation = (typeof limitedOperations)[number];

/** Calls a second, by operation, in each account and Region; an operation that is absent has no cap. */
export type RateLimits = Readonly<Partial<Record<LimitedOperation, number>>>;

/** The lowest and the highest cap, in calls a second. */
export const rateLimitRange = { least: 0.5, most: 1000 } as const;

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

/** Calls a second, by operation, in each account and Region; an operation that is absent has no cap. */
export type RateLimits = Readonly<Partial<Record<(typeof limitedOperations)[number], number>>>;

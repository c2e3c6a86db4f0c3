/** One answer to every question about the life cycle that AWS does not document. */
export type Behaviour = {
  /** PutImagePolicy on an image that a STANDARD share covers: a second share, the share follows, the edit vanishes, or 400. */
  readonly putOverStandard: 'fork' | 'rewrite' | 'lost' | 'refused';
  /** The most that PutImagePolicy takes as an eraser; each value also takes those after it. */
  readonly erase: 'empty-document' | 'empty-statement-only' | 'owner-only' | 'none';
  /** Whether the unpromoted share goes with the policy that is erased. */
  readonly erasedShare: 'goes' | 'stays';
  /** Whether GetImage + ListImages equals the AWS permission, so that nothing must be promoted before the share. */
  readonly defaultPairMatches: 'yes' | 'no';
  /** Promotion of a share that is PROMOTING_TO_STANDARD or STANDARD. */
  readonly promoteTwice: 'invalid-state' | 'not-permitted' | 'success';
  /** Promotion of a policy that names a role or a user. */
  readonly rolePrincipal: 'promotable' | 'OperationNotPermitted' | 'InvalidPolicy';
  /** Promotion of a policy with a condition on the organisation. */
  readonly orgCondition: 'promotable' | 'OperationNotPermitted' | 'InvalidPolicy';
  /** Deny, NotPrincipal, NotAction, service principals and other resources in a policy. */
  readonly unusualStatement: 'refused' | 'unpromotable';
  /** Statements with the same actions: one share for all of them, or one for each. */
  readonly severalStatements: 'one-share' | 'several-shares';
  /** Whether a policy that names the owner alone makes a share. */
  readonly ownerOnlyPolicy: 'no-share' | 'share';
  /** PutImagePolicy while the share is still CREATED_FROM_POLICY. */
  readonly putOverUnpromoted: 'share-follows' | 'share-stays-stale';
  /** Principals of the organisation when their share has become STANDARD. */
  readonly promotedPrincipals: 'stay-associated' | 'fall-back-to-associating';
  /** The ARN of a share after its promotion; with `new` the old share is DELETED. */
  readonly promotedShareArn: 'same' | 'new';
  /** GetImagePolicy: RAM's own document, or the text that was put for as long as its grants hold. */
  readonly readBack: 'merged' | 'as-put';
  /** GetImage of an image that the caller has no access to. */
  readonly hiddenImage: 'Forbidden403' | 'Client400' | 'InvalidRequest400';
  /** Whether named consumers can read the image by ARN before promotion. */
  readonly unpromotedAccess: 'by-arn' | 'none';
  readonly deleteUnpromotedShare: 'not-permitted' | 'allowed';
  readonly deletePromotingShare: 'invalid-state' | 'allowed';
  /** The error of a managed permission name that is taken. */
  readonly permissionNameTaken: 'PermissionAlreadyExists409' | 'InvalidParameter400';
  /** The error beyond the quota of customer managed permissions. */
  readonly permissionQuota: 'PermissionLimitExceeded400' | 'OperationNotPermitted400';
  /** Accounts outside the organisation when their share has become STANDARD. */
  readonly invitationOnPromotion: 'none' | 'sent-access-kept' | 'sent-access-lost';
  /** Whether GetResourceShareInvitations shows an invitation to the account that sent it. */
  readonly outsideInvitationVisibleToOwner: 'yes' | 'no';
  /** Whether a share that RAM made from a policy takes principals outside the organisation. */
  readonly autoShareExternalPrincipals: 'allowed' | 'refused';
  /** Whether PutImagePolicy refuses principals that may not launch the AMI. */
  readonly underlyingAccess: 'unchecked' | 'checked';
};

/** Every answer of every dimension. */
export const behaviourAnswers: {
  readonly [Dimension in keyof Behaviour]: Readonly<Record<Behaviour[Dimension], true>>;
} = {
  putOverStandard: { fork: true, rewrite: true, lost: true, refused: true },
  erase: { 'empty-document': true, 'empty-statement-only': true, 'owner-only': true, none: true },
  erasedShare: { goes: true, stays: true },
  defaultPairMatches: { yes: true, no: true },
  promoteTwice: { 'invalid-state': true, 'not-permitted': true, success: true },
  rolePrincipal: { promotable: true, OperationNotPermitted: true, InvalidPolicy: true },
  orgCondition: { promotable: true, OperationNotPermitted: true, InvalidPolicy: true },
  unusualStatement: { refused: true, unpromotable: true },
  severalStatements: { 'one-share': true, 'several-shares': true },
  ownerOnlyPolicy: { 'no-share': true, share: true },
  putOverUnpromoted: { 'share-follows': true, 'share-stays-stale': true },
  promotedPrincipals: { 'stay-associated': true, 'fall-back-to-associating': true },
  promotedShareArn: { same: true, new: true },
  readBack: { merged: true, 'as-put': true },
  hiddenImage: { Forbidden403: true, Client400: true, InvalidRequest400: true },
  unpromotedAccess: { 'by-arn': true, none: true },
  deleteUnpromotedShare: { 'not-permitted': true, allowed: true },
  deletePromotingShare: { 'invalid-state': true, allowed: true },
  permissionNameTaken: { PermissionAlreadyExists409: true, InvalidParameter400: true },
  permissionQuota: { PermissionLimitExceeded400: true, OperationNotPermitted400: true },
  invitationOnPromotion: { none: true, 'sent-access-kept': true, 'sent-access-lost': true },
  outsideInvitationVisibleToOwner: { yes: true, no: true },
  autoShareExternalPrincipals: { allowed: true, refused: true },
  underlyingAccess: { unchecked: true, checked: true },
};

/** The likeliest answers; every other profile says where it differs. */
const likely: Behaviour = {
  putOverStandard: 'fork',
  erase: 'owner-only',
  erasedShare: 'goes',
  defaultPairMatches: 'yes',
  promoteTwice: 'invalid-state',
  rolePrincipal: 'promotable',
  orgCondition: 'InvalidPolicy',
  unusualStatement: 'refused',
  severalStatements: 'one-share',
  ownerOnlyPolicy: 'no-share',
  putOverUnpromoted: 'share-follows',
  promotedPrincipals: 'stay-associated',
  promotedShareArn: 'same',
  readBack: 'merged',
  hiddenImage: 'Forbidden403',
  unpromotedAccess: 'by-arn',
  deleteUnpromotedShare: 'not-permitted',
  deletePromotingShare: 'invalid-state',
  permissionNameTaken: 'PermissionAlreadyExists409',
  permissionQuota: 'PermissionLimitExceeded400',
  invitationOnPromotion: 'sent-access-kept',
  outsideInvitationVisibleToOwner: 'yes',
  autoShareExternalPrincipals: 'allowed',
  underlyingAccess: 'unchecked',
};

/** The named profiles. Together they hold every value of every dimension. */
export const profiles = {
  likely,
  /** Everything that can be asked for is given. */
  lenient: {
    ...likely,
    putOverStandard: 'rewrite',
    erase: 'empty-document',
    promoteTwice: 'success',
    orgCondition: 'promotable',
    unusualStatement: 'unpromotable',
    readBack: 'as-put',
    deleteUnpromotedShare: 'allowed',
    deletePromotingShare: 'allowed',
    invitationOnPromotion: 'none',
  },
  /** Whatever may be refused is refused. */
  strict: {
    ...likely,
    putOverStandard: 'refused',
    erase: 'none',
    defaultPairMatches: 'no',
    promoteTwice: 'not-permitted',
    rolePrincipal: 'OperationNotPermitted',
    orgCondition: 'OperationNotPermitted',
    hiddenImage: 'Client400',
    permissionNameTaken: 'InvalidParameter400',
    permissionQuota: 'OperationNotPermitted400',
    outsideInvitationVisibleToOwner: 'no',
    autoShareExternalPrincipals: 'refused',
    underlyingAccess: 'checked',
  },
  /** What is put over a share is forgotten later, and the document that is read is the one that was put. */
  forgetful: {
    ...likely,
    putOverStandard: 'lost',
    erase: 'empty-statement-only',
    rolePrincipal: 'InvalidPolicy',
    readBack: 'as-put',
    hiddenImage: 'InvalidRequest400',
  },
  /** Shares do not follow the policy, nor go when it is erased. */
  stale: {
    ...likely,
    erasedShare: 'stays',
    ownerOnlyPolicy: 'share',
    putOverUnpromoted: 'share-stays-stale',
  },
  /** Promotion starts all over: principals associate again and outside accounts lose access until they accept. */
  restless: {
    ...likely,
    erase: 'empty-document',
    promotedPrincipals: 'fall-back-to-associating',
    promoteTwice: 'not-permitted',
    invitationOnPromotion: 'sent-access-lost',
  },
  /** Each statement has a share of its own, and a promoted share is another one. */
  scattered: {
    ...likely,
    severalStatements: 'several-shares',
    promotedShareArn: 'new',
    defaultPairMatches: 'no',
  },
  /** Nobody has access before promotion, and the policy cannot be erased. */
  closed: {
    ...likely,
    putOverStandard: 'rewrite',
    erase: 'none',
    unpromotedAccess: 'none',
    promotedPrincipals: 'fall-back-to-associating',
  },
} as const satisfies Readonly<Record<string, Behaviour>>;

/** The name of one profile of the table. */
export type ProfileName = keyof typeof profiles;

export function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(profiles, name);
}

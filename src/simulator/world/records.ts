import type { JsonObject } from '../json.ts';

/** The one resource type that is simulated. */
export const imageResourceType = 'imagebuilder:Image';

/** Account id, role or user ARN, organisation or OU ARN, service name, or `*`. */
export type Principal = string;

/** What a statement or a managed permission allows. */
export type PermissionContent = {
  readonly actions: readonly string[];
  readonly condition?: JsonObject;
  /** Equal for equal contents. */
  readonly key: string;
};

export type FeatureSet = 'CREATED_FROM_POLICY' | 'PROMOTING_TO_STANDARD' | 'STANDARD';
export type ShareStatus = 'PENDING' | 'ACTIVE' | 'FAILED' | 'DELETING' | 'DELETED';
export type AssociationStatus =
  | 'ASSOCIATING'
  | 'ASSOCIATED'
  | 'FAILED'
  | 'DISASSOCIATING'
  | 'DISASSOCIATED'
  | 'SUSPENDED'
  | 'SUSPENDING'
  | 'RESTORING';

export type PermissionRecord = {
  readonly arn: string;
  readonly name: string;
  /** Undefined: AWS's own. */
  readonly owner: string | undefined;
  readonly content: PermissionContent;
  readonly featureSet: 'CREATED_FROM_POLICY' | 'STANDARD';
  readonly createdAt: number;
  readonly tags: Map<string, string>;
  /** The shares that use it. Not kept for AWS's permission, which every share may use. */
  readonly shares: Set<ShareRecord>;
};

export type AssociationRecord = {
  readonly entity: string;
  readonly type: 'PRINCIPAL' | 'RESOURCE';
  readonly createdAt: number;
  status: AssociationStatus;
  updatedAt: number;
  statusMessage: string | undefined;
  /** The principal keeps the access it had before, though it is not ASSOCIATED (yet). */
  keepsAccess: boolean;
};

export type ShareRecord = {
  readonly arn: string;
  readonly name: string;
  readonly owner: string;
  readonly region: string;
  readonly createdAt: number;
  readonly allowExternalPrincipals: boolean;
  readonly tags: Map<string, string>;
  readonly principals: Map<Principal, AssociationRecord>;
  readonly resources: Map<string, AssociationRecord>;
  /** The newest invitation of each account. */
  readonly invitations: Map<string, InvitationRecord>;
  permission: PermissionRecord | undefined;
  status: ShareStatus;
  featureSet: FeatureSet;
  updatedAt: number;
};

export type InvitationRecord = {
  readonly arn: string;
  readonly share: ShareRecord;
  readonly receiver: string;
  readonly sentAt: number;
  status: 'PENDING' | 'ACCEPTED' | 'REJECTED' | 'EXPIRED';
};

/** A statement that was put and that no STANDARD share has taken over. */
export type OwnStatement = {
  readonly principals: readonly Principal[];
  readonly content: PermissionContent;
  /** Names a role or a user. */
  readonly hasRolePrincipal: boolean;
  /** Had a condition on the organisation. */
  readonly hasOrgCondition: boolean;
  /** What RAM never turns into a permission: Deny, NotPrincipal, NotAction, services, other resources. */
  readonly isUnusual: boolean;
  /** The share that RAM made of it. */
  share: ShareRecord | undefined;
};

/** How one image departs from the profile. */
export type ImageBehaviour = {
  readonly promotion?: 'succeeds' | 'refused' | 'stuck';
  /** Instead of the lag of the settings. */
  readonly promotionLagMs?: number;
  /** Their associations end FAILED. */
  readonly failingPrincipals?: readonly Principal[];
  readonly share?: 'appears' | 'never-appears';
  /** `unmatched`: not even AWS's permission equals the one of the share, until one is promoted. */
  readonly permission?: 'matched' | 'unmatched';
  /** Consumers build on the image, so it cannot be unshared. */
  readonly unsharing?: 'possible' | 'refused';
};

/** Image Builder's own words for who may launch an AMI; `all` is the one group. */
export type LaunchPermission = {
  readonly userIds?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly organizationArns?: readonly string[];
  readonly organizationalUnitArns?: readonly string[];
};

/** Who had access from an instant on. */
export type AccessEntry = {
  readonly at: number;
  readonly principals: readonly Principal[];
};

export type ImageRecord = {
  readonly arn: string;
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly versionArn: string;
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly dateCreated: string;
  readonly status: string;
  readonly tags: Map<string, string>;
  /** Of its distribution; undefined: everybody may launch the AMI. */
  readonly launchPermission: LaunchPermission | undefined;
  readonly shares: Set<ShareRecord>;
  readonly accessHistory: AccessEntry[];
  behaviour: ImageBehaviour;
  ownStatements: readonly OwnStatement[];
  /** Put over a STANDARD share: holds instead of everything else until RAM authors the policy again. */
  overriding: readonly OwnStatement[] | undefined;
  /** The text that was put last. */
  putText: string | undefined;
};

/** What one account has in one Region. */
export type Territory = {
  readonly account: string;
  readonly region: string;
  readonly images: Map<string, ImageRecord>;
  readonly imagesByVersion: Map<string, Set<ImageRecord>>;
  readonly shares: Set<ShareRecord>;
  /** Customer managed permissions by ARN. */
  readonly permissions: Map<string, PermissionRecord>;
  /** Permissions that RAM made from policies, by ARN. */
  readonly policyPermissions: Map<string, PermissionRecord>;
  readonly defaultPermission: PermissionRecord;
  /** Sent by the account. */
  readonly pendingInvitations: Set<InvitationRecord>;
  /** Answers by operation and client token. */
  readonly answersByToken: Map<string, { readonly parameters: string; readonly body: JsonObject }>;
};

export function newAssociation(
  entity: string,
  type: 'PRINCIPAL' | 'RESOURCE',
  status: AssociationStatus,
  at: number,
): AssociationRecord {
  return { entity, type, status, createdAt: at, updatedAt: at, statusMessage: undefined, keepsAccess: false };
}

/** Whether the association is there or on its way in or out. */
export function isLive({ status }: AssociationRecord): boolean {
  return status !== 'DISASSOCIATED' && status !== 'FAILED';
}

/** Whether the association still lets its principal in, or its resource be reached. */
export function isInForce({ status, keepsAccess }: AssociationRecord): boolean {
  return status === 'ASSOCIATED' || status === 'DISASSOCIATING' || keepsAccess;
}

export function isPromoted(share: ShareRecord): boolean {
  return share.featureSet === 'STANDARD';
}

export function isShareLive({ status }: ShareRecord): boolean {
  return status === 'ACTIVE' || status === 'PENDING';
}

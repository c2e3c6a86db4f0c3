import type { ImageArn } from './arn.ts';
import type { Grant } from './grants.ts';

/** RAM's own words for the life of a share that a policy made. */
export const featureSets = ['CREATED_FROM_POLICY', 'PROMOTING_TO_STANDARD', 'STANDARD'] as const;
/** One of {@link featureSets}. */
export type FeatureSet = (typeof featureSets)[number];

/** RAM's own words for the state of a share. */
export const shareStatuses = ['PENDING', 'ACTIVE', 'FAILED', 'DELETING', 'DELETED'] as const;
/** One of {@link shareStatuses}. */
export type ShareStatus = (typeof shareStatuses)[number];

/** RAM's own words for the state of a principal or a resource in a share. */
export const associationStatuses = [
  'ASSOCIATING',
  'ASSOCIATED',
  'FAILED',
  'DISASSOCIATING',
  'DISASSOCIATED',
  'SUSPENDED',
  'SUSPENDING',
  'RESTORING',
] as const;
/** One of {@link associationStatuses}. */
export type AssociationStatus = (typeof associationStatuses)[number];

/** A principal of a share. */
export interface ObservedPrincipal {
  /** Canonical, as in {@link Grant.principal}. */
  readonly principal: string;
  /** As RAM names it: an account id, or an ARN of a role, organisation or organisational unit. */
  readonly associatedEntity: string;
  readonly status: AssociationStatus;
  /** When the status last changed, in milliseconds since 1970. */
  readonly changedAtMs: number;
  /** True where RAM shows an invitation that this account has not answered; then ASSOCIATING is no transition. */
  readonly hasPendingInvitation: boolean;
}

/** A managed permission of a share. */
export interface ObservedPermission {
  readonly permissionArn: string;
  readonly featureSet: FeatureSet;
  /** Sorted. */
  readonly actions: readonly string[];
  /** Canonical JSON; absent where the permission has none. */
  readonly condition?: string;
}

/** A resource share as it is by itself. */
export interface GlimpsedShare {
  readonly shareArn: string;
  readonly name: string;
  readonly featureSet: FeatureSet;
  readonly status: ShareStatus;
  /** Value of our tag `policy-rollout:rollout`, or null. */
  readonly rolloutTag: string | null;
}

/** A resource share that covers an image. */
export interface ObservedShare extends GlimpsedShare {
  /** State of the image in the share. */
  readonly imageStatus: AssociationStatus;
  /** How many resources besides the image are in the share. */
  readonly otherResourceCount: number;
  readonly principals: readonly ObservedPrincipal[];
  readonly permissions: readonly ObservedPermission[];
}

/** The shares of an image at a glance: enough to tell that there is something to wait for, and for nothing else. */
export interface GlimpsedImage {
  readonly image: ImageArn;
  /** When it was read, in milliseconds since 1970. */
  readonly observedAtMs: number;
  /** Shares in which RAM lists the image, by ARN. Deleted ones are not in it. */
  readonly shares: readonly GlimpsedShare[];
}

/** Everything about the access to one image at one instant: what decisions are made from. */
export interface ObservedImage extends GlimpsedImage {
  /** The policy document as Image Builder gives it; null where it gives `{}`. */
  readonly policy: string | null;
  /** What the document grants to others than the owner's account. */
  readonly policyGrants: readonly Grant[];
  /** Shares that cover the image, by ARN. Deleted shares, and shares that the image has left, are not in it. */
  readonly shares: readonly ObservedShare[];
}

/** What an image gave to others before our first write; taken only while nothing was in transition. */
export interface Baseline {
  readonly policy: string | null;
  readonly grants: readonly Grant[];
  readonly shares: readonly ObservedShare[];
}

/** The tag that makes a share ours; its value is the name of the rollout. */
export const rolloutTagKey = 'policy-rollout:rollout';

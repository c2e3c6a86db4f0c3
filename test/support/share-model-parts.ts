import type { Bundle } from '../../src/domain/bundles.ts';
import type { Grant } from '../../src/domain/grants.ts';
import type { AssociationStatus, FeatureSet } from '../../src/domain/observation.ts';

/** How the model answers where AWS does not say, and how long it takes, in ticks. */
export interface ModelBehaviour {
  readonly erase: 'taken' | 'owner-only' | 'refused';
  readonly erasedShare: 'goes' | 'stays';
  readonly putOverUnpromoted: 'share-follows' | 'share-stays-stale';
  readonly promotion: 'succeeds' | 'refused';
  readonly permission: 'matched' | 'unmatched';
  readonly promotedPrincipals: 'stay-associated' | 'fall-back-to-associating';
  readonly promotedShareArn: 'same' | 'new';
  readonly share: 'appears' | 'never-appears';
  /** They have to accept an invitation, and never do. */
  readonly outsiders: readonly string[];
  readonly failing: readonly string[];
  readonly shareLag: number;
  readonly promotionLag: number;
  readonly associationLag: number;
  /** From a change of a STANDARD share to the policy that RAM writes of it. */
  readonly policyLag: number;
}

/** A share as it is before anything is done. */
export interface StartShare {
  readonly bundle: Bundle;
  readonly featureSet: FeatureSet;
  readonly owner: 'ours' | 'foreign';
  readonly otherResourceCount: number;
}

/** What came of an act. */
export type ActResult = 'ok' | 'unmatched' | 'refused';

/** A principal in a share of the model. */
export interface ModelAssociation {
  readonly principal: string;
  status: AssociationStatus;
  changedAt: number;
  hasAccess: boolean;
  isInvited: boolean;
}

/** A share of the model. */
export interface ModelShare {
  arn: string;
  readonly isForeign: boolean;
  featureSet: FeatureSet;
  status: 'ACTIVE' | 'DELETING' | 'DELETED';
  tag: string | null;
  imageStatus: AssociationStatus;
  readonly otherResourceCount: number;
  associations: ModelAssociation[];
  permission: Pick<Bundle, 'actions' | 'condition'>;
  hasManagedPermission: boolean;
}

/** What a share allows, without whom. */
export function permissionOf({ actions, condition }: Bundle): Pick<Bundle, 'actions' | 'condition'> {
  return condition === undefined ? { actions } : { actions, condition };
}

/** Each action for each principal. */
export function grantsOf({ actions, condition, principals }: Bundle): readonly Grant[] {
  return principals.flatMap((principal) =>
    actions.map((action) => (condition === undefined ? { principal, action } : { principal, action, condition })),
  );
}

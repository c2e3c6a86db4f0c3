import { accessOf, grantPairs, policyGrants, sightOf } from './world/grants.ts';
import type { Grant } from './world/grants.ts';
import { policyDocumentOf } from './world/policy-document.ts';
import type { AssociationStatus, FeatureSet, ImageRecord, Principal, ShareStatus } from './world/records.ts';
import type { World } from './world/world.ts';

/** One share of an image, deleted ones included. */
export type ShareState = {
  readonly arn: string;
  readonly name: string;
  readonly status: ShareStatus;
  readonly featureSet: FeatureSet;
  readonly tags: Readonly<Record<string, string>>;
  readonly permissionName: string | null;
  readonly actions: readonly string[];
  readonly principals: Readonly<Record<Principal, AssociationStatus>>;
  readonly resources: Readonly<Record<string, AssociationStatus>>;
};

/** One image as it truly is, whatever may be read of it by whom. */
export type ImageState = {
  readonly imageArn: string;
  readonly policyDocument: string;
  /** What the resource policy allows, sorted by principal and action. */
  readonly grants: readonly Grant[];
  readonly shares: readonly ShareState[];
  /** Who can read the image by its ARN, beside its owner. */
  readonly access: readonly Principal[];
  /** Who finds the image in lists. */
  readonly sees: readonly Principal[];
  readonly tags: Readonly<Record<string, string>>;
};

export function stateOf(world: World, image: ImageRecord): ImageState {
  return {
    imageArn: image.arn,
    policyDocument: policyDocumentOf(world, image),
    grants: grantPairs(policyGrants(image)),
    shares: [...image.shares].map((share) => ({
      arn: share.arn,
      name: share.name,
      status: share.status,
      featureSet: share.featureSet,
      tags: Object.fromEntries(share.tags),
      permissionName: share.permission?.name ?? null,
      actions: share.permission?.content.actions ?? [],
      principals: Object.fromEntries([...share.principals].map(([id, { status }]) => [id, status])),
      resources: Object.fromEntries([...share.resources].map(([arn, { status }]) => [arn, status])),
    })),
    access: accessOf(world, image),
    sees: sightOf(image),
    tags: Object.fromEntries(image.tags),
  };
}

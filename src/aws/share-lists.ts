import type { ResourceShare, ResourceShareAssociation } from '@aws-sdk/client-ram';
import type { ObservedPermission } from '../domain/observation.ts';
import type { Load } from './gather.ts';

/** The lists of RAM that take many ARNs, read together for whoever asks about one account and Region at the same time. */
export interface ShareLists {
  /** ARNs of the shares in which each image is. */
  readonly sharesOfImages: Load<readonly string[]>;
  /** Shares by ARN, deleted ones too. */
  readonly shares: Load<ResourceShare>;
  /** What is, or was, in each share. */
  readonly resources: Load<readonly ResourceShareAssociation[]>;
  readonly principals: Load<readonly ResourceShareAssociation[]>;
  /** The managed permissions for images of each share. */
  readonly permissions: Load<readonly ObservedPermission[]>;
}

import { imageOperations } from './image-builder/images.ts';
import { policyOperations } from './image-builder/policies.ts';
import { imageTagOperations } from './image-builder/tags.ts';
import type { Operation, Service } from './operation.ts';
import { invitationOperations } from './ram/invitations.ts';
import { listingOperations } from './ram/listing.ts';
import { permissionOperations } from './ram/permissions.ts';
import { promotionOperations } from './ram/promotion.ts';
import { shareChangeOperations } from './ram/share-changes.ts';
import { ramTagOperations } from './ram/tags.ts';
import { identityOperations } from './sts/identity.ts';

/** Everything that is served. */
export const operations: readonly Operation[] = [
  ...policyOperations,
  ...imageOperations,
  ...imageTagOperations,
  ...promotionOperations,
  ...listingOperations,
  ...shareChangeOperations,
  ...permissionOperations,
  ...invitationOperations,
  ...ramTagOperations,
  ...identityOperations,
];

const byRoute = new Map(operations.map((operation) => [`${operation.method} ${operation.path}`, operation]));
const byName = new Map(operations.map((operation) => [`${operation.service} ${operation.name}`, operation]));

/** The operation at a method and a path, with what the path carries. */
export function routedOperation(
  method: string,
  path: string,
): { readonly operation: Operation; readonly resourceArn?: string } | undefined {
  const operation = byRoute.get(`${method} ${path}`);
  if (operation !== undefined) return { operation };
  if (!path.startsWith('/tags/')) return undefined;
  const tagging = byRoute.get(`${method} /tags/{resourceArn}`);
  return tagging === undefined ? undefined : { operation: tagging, resourceArn: decodeURIComponent(path.slice(6)) };
}

export function namedOperation(service: Service, name: string): Operation | undefined {
  return byName.get(`${service} ${name}`);
}

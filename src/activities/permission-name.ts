import type { Bundle } from '../domain/bundles.ts';
import { permissionText } from '../domain/bundles.ts';
import { sha256 } from '../sha256.ts';

/** What the names of all managed permissions of this product begin with. */
export const permissionNamePrefix = 'policy-rollout-';

/**
 * The name of our managed permission with this content: the same content always has the same one.
 * [C] BC: a permission's name has at most 36 characters. The quota of 10 per type makes one name for one content a must.
 */
export function permissionName(permission: Pick<Bundle, 'actions' | 'condition'>): string {
  return `${permissionNamePrefix}${sha256(permissionText(permission)).slice(0, 20)}`;
}

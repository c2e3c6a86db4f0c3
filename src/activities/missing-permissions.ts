import { bundlesOf, permissionText } from '../domain/bundles.ts';
import type { Grant } from '../domain/grants.ts';
import { defaultActions } from '../domain/policy.ts';
import { permissionName } from './permission-name.ts';

/** Names of the permissions that the grants need and nobody has made yet; RAM has the one for the default actions. */
export function missingPermissions(grants: readonly Grant[], names: readonly string[]): readonly string[] {
  const inRam = permissionText({ actions: defaultActions });
  const needed = bundlesOf(grants).filter((bundle) => permissionText(bundle) !== inRam);
  return needed.map(permissionName).filter((name) => !names.includes(name));
}

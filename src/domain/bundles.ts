import type { Grant } from './grants.ts';
import { normalGrants } from './grants.ts';
import type { ObservedShare } from './observation.ts';

/** Principals that may do the same: what one resource share with one managed permission can give. */
export interface Bundle {
  readonly actions: readonly string[];
  readonly condition?: string;
  readonly principals: readonly string[];
}

/** Identifies what a managed permission allows: equal texts, equal permissions. Its hash names our permissions. */
export function permissionText({ actions, condition }: Pick<Bundle, 'actions' | 'condition'>): string {
  return JSON.stringify([[...actions].sort(), condition ?? null]);
}

/** The text of {@link permissionText} for what a share gives; a share has one permission for images. */
export function sharePermissionText({ permissions }: ObservedShare): string {
  const actions = [...new Set(permissions.flatMap((permission) => permission.actions))];
  const condition = permissions.find((permission) => permission.condition !== undefined)?.condition;
  return permissionText(condition === undefined ? { actions } : { actions, condition });
}

/** Groups grants into as few shares as can give them: one for each distinct set of actions and condition. */
export function bundlesOf(grants: readonly Grant[]): readonly Bundle[] {
  const byPrincipal = new Map<string, Bundle>();
  for (const { principal, action, condition } of normalGrants(grants)) {
    const key = JSON.stringify([principal, condition ?? null]);
    const actions = [...(byPrincipal.get(key)?.actions ?? []), action];
    const principals = [principal];
    byPrincipal.set(key, condition === undefined ? { actions, principals } : { actions, principals, condition });
  }
  const byPermission = new Map<string, Bundle>();
  for (const bundle of byPrincipal.values()) {
    const key = permissionText(bundle);
    const principals = [...(byPermission.get(key)?.principals ?? []), ...bundle.principals];
    byPermission.set(key, { ...bundle, principals });
  }
  return [...byPermission.values()];
}

import { accountOfPrincipal } from './principal.ts';

/** Who may launch the AMI of an image, as its distribution in the image's own Region says. */
export interface LaunchPermission {
  /** Whether it is the group `all` that may. */
  readonly isPublic: boolean;
  /** Accounts that may launch the AMI, and those that get a copy of it. */
  readonly accounts: readonly string[];
  /** Organisations (`o-…`) and units (`ou-…`) whose accounts may launch the AMI. */
  readonly organizations: readonly string[];
}

/**
 * The principals whom a distribution gives no launch permission: they would see the image, and could not launch its AMI.
 * Where an organisation or a unit is named, nothing is said of accounts and of other units, since they may be in it.
 *
 * @param owner - account of the image, which may always
 */
export function withoutLaunchPermission(
  principals: readonly string[],
  owner: string,
  { isPublic, accounts, organizations }: LaunchPermission,
): readonly string[] {
  if (isPublic) return [];
  return principals.filter((principal) => {
    if (principal.startsWith('o-')) return !organizations.includes(principal);
    if (organizations.length > 0) return false;
    if (principal.startsWith('ou-')) return true;
    const account = accountOfPrincipal(principal);
    return account !== null && account !== owner && !accounts.includes(account);
  });
}

/** What people call accounts, by id. */
export type AccountNames = Readonly<Record<string, string>>;

// Root of an account, in every partition.
const accountRoot = /^arn:aws[^:]*:iam::(\d{12}):root$/;
const accountInArn = /^arn:aws[^:]*:(?:iam|sts)::(\d{12}):/;
// `…:organization/o-x`, `…:ou/o-x/ou-y`; RAM's guide also has the unit behind a path.
const organizationArn = /^arn:aws[^:]*:organizations::\d{12}:organization\/(o-[a-z0-9]+)$/;
const unitArn = /^arn:aws[^:]*:organizations::\d{12}:ou\/(?:[^/]+\/)+(ou-[a-z0-9-]+)$/;

/**
 * The one form of a principal that grants have, whoever wrote it: a policy (`arn:…:iam::222222222222:root`), a manifest,
 * or RAM as an associated entity (`arn:…:organization/o-…`). See `Grant.principal` for the forms; any other text stays.
 */
export function canonicalPrincipal(text: string): string {
  for (const pattern of [accountRoot, organizationArn, unitArn]) {
    const [, id] = pattern.exec(text) ?? [];
    if (id !== undefined) return id;
  }
  return text;
}

/** The account that a principal is, or lives in; null for organisations, services and `*`. */
export function accountOfPrincipal(principal: string): string | null {
  if (/^\d{12}$/.test(principal)) return principal;
  const [, account] = accountInArn.exec(principal) ?? [];
  return account ?? null;
}

/** A principal for whoever does not know accounts by their ids: `222222222222 (build)`. */
export function principalText(principal: string, names: AccountNames = {}): string {
  if (principal === '*') return 'every account of AWS';
  const account = accountOfPrincipal(principal) ?? '';
  const name = Object.hasOwn(names, account) ? names[account] : undefined;
  return name === undefined ? principal : `${principal} (${name})`;
}

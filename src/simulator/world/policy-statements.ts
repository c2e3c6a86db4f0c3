import { canonicalJson, isJsonObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { isTexts } from '../parameters.ts';
import { isAccountId } from './arns.ts';
import type { OwnStatement, PermissionContent, Principal } from './records.ts';

/** What a policy text turned out to be. */
export type PolicyReading =
  | { readonly kind: 'empty-document' }
  | { readonly kind: 'empty-statement' }
  | { readonly kind: 'statements'; readonly statements: readonly OwnStatement[] }
  | { readonly kind: 'invalid'; readonly problem: string };

/** Where a policy is read: the image it is for, and the organisation whose conditions it may carry. */
export type PolicyPlace = {
  readonly imageArn: string;
  readonly partition: string;
  readonly managementAccount: string;
};

/** The content with its actions sorted and without repetition. */
export function permissionContent(actions: readonly string[], condition?: JsonObject): PermissionContent {
  const sorted = [...new Set(actions)].sort();
  const key = canonicalJson([sorted, condition ?? null]);
  return condition === undefined ? { actions: sorted, key } : { actions: sorted, condition, key };
}

/** Reads a resource policy as RAM validates it. */
export function readPolicy(text: string, place: PolicyPlace): PolicyReading {
  const document = parseJson(text);
  if (!isJsonObject(document)) return invalid('the policy is not a JSON object');
  const unknown = Object.keys(document).find((key) => !['Version', 'Id', 'Statement'].includes(key));
  if (unknown !== undefined) return invalid(`unknown element ${unknown}`);
  const version = document['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') return invalid('invalid Version');
  if (document['Statement'] === undefined) return { kind: 'empty-document' };
  const given = Array.isArray(document['Statement']) ? document['Statement'] : [document['Statement']];
  if (given.length === 0) return { kind: 'empty-statement' };
  const readings = given.map((statement) => readStatement(statement, place));
  const problem = readings.find((reading) => typeof reading === 'string');
  if (problem !== undefined) return invalid(problem);
  return { kind: 'statements', statements: readings.filter((reading) => typeof reading !== 'string') };
}

function invalid(problem: string): PolicyReading {
  return { kind: 'invalid', problem };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readStatement(statement: unknown, place: PolicyPlace): OwnStatement | string {
  if (!isJsonObject(statement)) return 'a statement is not an object';
  const effect = statement['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') return 'Effect must be Allow or Deny';
  const actions = readActions(statement['Action'] ?? statement['NotAction']);
  if (typeof actions === 'string') return actions;
  const resources = listOf(statement['Resource']);
  if (resources === undefined || resources.length === 0) return 'a statement has no Resource';
  const principal = statement['Principal'] ?? statement['NotPrincipal'];
  const { organizations, rest } = splitCondition(statement['Condition'], place);
  const principals = readPrincipals(principal, organizations);
  if (typeof principals === 'string') return principals;
  const isNegated = effect === 'Deny' || 'NotAction' in statement || 'NotPrincipal' in statement;
  const hasServices = isJsonObject(principal) && 'Service' in principal;
  return {
    principals: isNegated || hasServices ? [] : principals,
    content: permissionContent(actions, rest),
    hasRolePrincipal: principals.some((id) => id.includes(':iam:')),
    hasOrgCondition: organizations.length > 0,
    isUnusual: isNegated || hasServices || resources.some((resource) => resource !== place.imageArn),
    share: undefined,
  };
}

function listOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  return isTexts(value) ? value : undefined;
}

function readActions(given: unknown): readonly string[] | string {
  const actions = listOf(given);
  if (actions === undefined || actions.length === 0) return 'a statement has no Action';
  const isFit = actions.every((action) => action === '*' || /^imagebuilder:[A-Za-z*]+$/.test(action));
  return isFit ? actions : 'an Action is not one of Image Builder';
}

function readPrincipals(principal: unknown, organizations: readonly string[]): readonly Principal[] | string {
  if (principal === '*') return organizations.length > 0 ? organizations : ['*'];
  if (!isJsonObject(principal) || Object.keys(principal).length === 0) return 'a statement has no Principal';
  const unknown = Object.keys(principal).find((kind) => kind !== 'AWS' && kind !== 'Service');
  if (unknown !== undefined) return `unknown kind of Principal ${unknown}`;
  const named = Object.values(principal).map(listOf);
  if (named.some((list) => list === undefined || list.length === 0)) return 'a Principal is not a text';
  const ids = named.flatMap((list) => list ?? []);
  if (ids.includes('*')) return organizations.length > 0 ? organizations : ['*'];
  const accounts = ids.map(principalOf);
  const wrong = ids.find((_id, index) => accounts[index] === undefined);
  if (wrong !== undefined) return `invalid principal in policy: ${wrong}`;
  return [...new Set(accounts.filter((id) => id !== undefined))];
}

/** The entity that RAM associates for a principal of a policy: `arn:…:<account>:root` is its account. */
export function principalOf(id: string): Principal | undefined {
  if (isAccountId(id)) return id;
  const root = /^arn:aws[^:]*:iam::([0-9]{12}):root$/.exec(id);
  if (root?.[1] !== undefined) return root[1];
  if (/^arn:aws[^:]*:iam::[0-9]{12}:(role|user)\/.+$/.test(id)) return id;
  if (/^arn:aws[^:]*:organizations::[0-9]{12}:(organization\/o-[a-z0-9]+|ou\/o-[a-z0-9]+\/ou-[a-z0-9-]+)$/.test(id)) {
    return id;
  }
  return /^[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(id) ? id : undefined;
}

// RAM itself writes an organisation as everybody with a condition, so that form stands for the organisation's ARN.
function splitCondition(
  condition: unknown,
  place: PolicyPlace,
): { readonly organizations: readonly string[]; readonly rest: JsonObject | undefined } {
  if (!isJsonObject(condition)) return { organizations: [], rest: undefined };
  const organizations: string[] = [];
  const rest: Record<string, unknown> = {};
  const prefix = `arn:${place.partition}:organizations::${place.managementAccount}:`;
  for (const [operator, tests] of Object.entries(condition)) {
    if (!isJsonObject(tests)) continue;
    const kept = Object.entries(tests).filter(([key, value]) => {
      const values = listOf(value) ?? [];
      if (key.toLowerCase() === 'aws:principalorgid')
        organizations.push(...values.map((id) => `${prefix}organization/${id}`));
      else if (key.toLowerCase() === 'aws:principalorgpaths')
        organizations.push(...values.map((path) => ouArn(prefix, path)));
      else return true;
      return false;
    });
    if (kept.length > 0) rest[operator] = Object.fromEntries(kept);
  }
  return { organizations, rest: Object.keys(rest).length > 0 ? rest : undefined };
}

function ouArn(prefix: string, path: string): string {
  const [organization = '', ...units] = path
    .replace(/\*$/, '')
    .split('/')
    .filter((part) => part !== '');
  return `${prefix}ou/${organization}/${units.at(-1) ?? ''}`;
}

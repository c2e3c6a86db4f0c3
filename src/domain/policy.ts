import type { ImageArn } from './arn.ts';
import { imageArnParts } from './arn.ts';
import { AppError } from './errors.ts';
import type { Grant } from './grants.ts';
import { normalGrants } from './grants.ts';
import { readJson } from './json-source.ts';
import { accountOfPrincipal, canonicalPrincipal } from './principal.ts';

/** What a template has where an image's own ARN goes. */
export const imageArnPlaceholder = '${imageArn}';

/** The actions of the permission that RAM has for images: with exactly these, promotion needs no permission of its own. */
export const defaultActions = ['imagebuilder:GetImage', 'imagebuilder:ListImages'] as const;

/** What Image Builder gives for an image without policy, and the first thing to try for erasing one. */
export const emptyPolicy = '{}';

/** A policy that says nothing: the second thing to try for erasing one. */
export const statementlessPolicy = '{"Version":"2012-10-17","Statement":[]}';

/**
 * The last thing to try for erasing a policy: one that grants to the owner alone, who has the access anyway.
 * {@link policyGrants} gives nothing for it.
 */
export function ownerOnlyPolicy(image: ImageArn): string {
  const { partition, account } = imageArnParts(image);
  const owner = { AWS: `arn:${partition}:iam::${account}:root` };
  return policyText([{ Effect: 'Allow', Principal: owner, Action: defaultActions, Resource: image }]);
}

/** The document of one image: the template with the image's ARN in every place for it. */
export function renderPolicy(template: string, image: ImageArn): string {
  return template.replaceAll(imageArnPlaceholder, () => image);
}

/**
 * The template of a policy that gives some principals some actions, the same for every order and repeat of both.
 * Principals are account ids, ARNs of roles, users, organisations or organisational units, or `o-…` and `ou-…`.
 */
export function shorthandPolicy(principals: readonly string[], actions: readonly string[]): string {
  const action = sortedSet(actions.map(canonicalAction));
  const allow = { Effect: 'Allow', Action: action, Resource: imageArnPlaceholder };
  const named = sortedSet(principals.map(canonicalPrincipal));
  const organizations = named.filter((principal) => principal.startsWith('o-'));
  const units = named.filter((principal) => principal.startsWith('ou-'));
  const others = named.filter((principal) => !organizations.includes(principal) && !units.includes(principal));
  const anyoneIf = (Condition: object) => ({ ...allow, Principal: '*', Condition });
  return policyText([
    ...(others.length > 0 ? [{ ...allow, Principal: others.includes('*') ? '*' : { AWS: others } }] : []),
    ...(organizations.length > 0 ? [anyoneIf({ StringEquals: { 'aws:PrincipalOrgID': organizations } })] : []),
    // The path begins with the organisation and its root, which the id of a unit does not tell.
    ...(units.length > 0
      ? [anyoneIf({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': units.map((unit) => `o-*/${unit}/*`) } })]
      : []),
  ]);
}

/**
 * What a policy document gives to others than the owner's account, in canonical form: each grant once, sorted, the same
 * for every way to write the document (order, repeats, `Sid`, scalars for lists, split statements, an account's bare id).
 * Only `Allow` gives. What cannot be understood narrowly is understood widely: a `NotPrincipal` is a grant to `*`.
 *
 * Throws `policy-invalid` where the text is not JSON or has not the shape of a policy.
 */
export function policyGrants(document: string, ownerAccount: string): readonly Grant[] {
  const grants = statementsOf(document).flatMap(statementGrants);
  return normalGrants(grants.filter(({ principal }) => accountOfPrincipal(principal) !== ownerAccount));
}

/**
 * The document without the statements, or the names in them, that give these principals something; null where nothing is
 * left to say. Everything else stays as it is written.
 *
 * @param principals - accounts, roles and users in canonical form: organisations are not taken out of a condition
 */
export function withoutPrincipals(document: string, principals: readonly string[]): string | null {
  const kept = statementsOf(document).flatMap((statement) => {
    if (statement['Effect'] !== 'Allow' || !('Principal' in statement)) return [statement];
    const left = principalWithout(statement['Principal'], principals);
    return left === null ? [] : [{ ...statement, Principal: left }];
  });
  return kept.length === 0 ? null : policyText(kept);
}

function principalWithout(principal: unknown, gone: readonly string[]): unknown {
  const kept = (names: unknown, what: string): readonly string[] =>
    textsOf(names, what).filter((name) => !gone.includes(canonicalPrincipal(name)));
  if (typeof principal === 'string') return kept(principal, 'Principal')[0] ?? null;
  if (Array.isArray(principal)) return nonEmpty(kept(principal, 'Principal'));
  const kinds = Object.entries(objectOf(principal, 'Principal')).map(
    ([kind, names]) => [kind, kept(names, kind)] as const,
  );
  const filled = kinds.filter(([, names]) => names.length > 0);
  return filled.length === 0 ? null : Object.fromEntries(filled);
}

function nonEmpty(names: readonly string[]): readonly string[] | null {
  return names.length === 0 ? null : names;
}

/** A condition block in canonical JSON (sorted, each value in a list); absent where it says nothing. */
export function canonicalCondition(condition: unknown): string | undefined {
  const operators = sortedEntries(objectOf(condition, 'Condition')).flatMap(([operator, tests]) => {
    const keys = sortedEntries(objectOf(tests, operator));
    const values = keys.map(([key, value]) => [key, sortedSet(textsOf(value, key))] as const);
    return values.length === 0 ? [] : [[operator, Object.fromEntries(values)] as const];
  });
  return operators.length === 0 ? undefined : JSON.stringify(Object.fromEntries(operators));
}

/** The action in the case in which AWS writes it: IAM takes every case, and a comparison must not. */
export function canonicalAction(action: string): string {
  return defaultActions.find((known) => known.toLowerCase() === action.toLowerCase()) ?? action;
}

type Statement = Readonly<Record<string, unknown>>;

function statementsOf(document: string): readonly Statement[] {
  const statements = objectOf(valueOf(document), 'The policy')['Statement'] ?? [];
  return (Array.isArray(statements) ? statements : [statements]).map((statement) => objectOf(statement, 'A statement'));
}

function valueOf(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch {
    // It takes ten times as long, and says of every mistake where it is.
    const source = readJson(document);
    if ('value' in source) return source.value;
    const { line, column } = source.place;
    throw invalid(`Line ${line}, column ${column} of the policy is not JSON: ${source.message}`);
  }
}

function statementGrants(statement: Statement): readonly Grant[] {
  if (statement['Effect'] !== 'Allow') return [];
  const actions = 'NotAction' in statement ? ['*'] : textsOf(statement['Action'] ?? [], 'Action');
  return holders(statement).flatMap((holder) =>
    actions.map((action) => ({ ...holder, action: canonicalAction(action) })),
  );
}

/** Whom a statement gives something, each under its own condition. */
function holders(statement: Statement): readonly Omit<Grant, 'action'>[] {
  const condition = objectOf(statement['Condition'] ?? {}, 'Condition');
  const named = 'NotPrincipal' in statement ? ['*'] : principalsIn(statement['Principal'] ?? []);
  const members = named.includes('*') ? organizationMembers(condition) : null;
  if (members === null) return underCondition(named, condition);
  const others = named.filter((principal) => principal !== '*');
  return [...underCondition(others, condition), ...underCondition(members.principals, members.rest)];
}

function underCondition(principals: readonly string[], block: object): readonly Omit<Grant, 'action'>[] {
  const condition = canonicalCondition(block);
  return principals.map((principal) => (condition === undefined ? { principal } : { principal, condition }));
}

function principalsIn(principal: unknown): readonly string[] {
  if (typeof principal === 'string' || Array.isArray(principal))
    return textsOf(principal, 'Principal').map(canonicalPrincipal);
  const kinds = Object.entries(objectOf(principal, 'Principal'));
  return kinds.flatMap(([kind, names]) => textsOf(names, kind)).map(canonicalPrincipal);
}

interface Members {
  readonly principals: readonly string[];
  /** The condition without the test that named the principals. */
  readonly rest: object;
}

// The two forms in which RAM writes a share with an organisation or a unit of it.
function organizationMembers(condition: Statement): Members | null {
  return (
    membersBy(condition, 'ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', (path) => unitOfPath(path)) ??
    membersBy(condition, 'StringEquals', 'aws:PrincipalOrgID', (id) => (/^o-[a-z0-9]+$/.test(id) ? id : null))
  );
}

function membersBy(
  condition: Statement,
  operator: string,
  key: string,
  memberOf: (value: string) => string | null,
): Members | null {
  const tests = objectOf(condition[operator] ?? {}, operator);
  // Names of condition keys are the same in every case.
  const written = Object.keys(tests).find((name) => name.toLowerCase() === key.toLowerCase());
  if (written === undefined) return null;
  const { [written]: values, ...otherTests } = tests;
  const principals = textsOf(values, written).map(memberOf);
  if (!principals.every((principal) => principal !== null)) return null;
  return { principals, rest: { ...condition, [operator]: otherTests } };
}

// `o-x/r-x/ou-a/ou-b/*` is everything below the unit `ou-b`.
function unitOfPath(path: string): string | null {
  const segments = path.replace(/\/?\*?$/, '').split('/');
  const last = segments.at(-1) ?? '';
  return /^ou-[a-z0-9-]+$/.test(last) ? last : null;
}

function policyText(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw invalid(`${what} is not an object`);
}

function textsOf(value: unknown, what: string): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((item) => {
    if (typeof item === 'string') return item;
    if (typeof item === 'boolean' || typeof item === 'number') return String(item);
    throw invalid(`${what} holds a value that is not a text`);
  });
}

function sortedSet(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

function sortedEntries(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
}

function invalid(detail: string): AppError {
  return new AppError('policy-invalid', detail);
}

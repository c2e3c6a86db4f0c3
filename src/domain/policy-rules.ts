import type { ImageArn } from './arn.ts';
import type { Problem } from './errors.ts';
import type { JsonSource } from './json-source.ts';
import { readJson } from './json-source.ts';
import { canonicalAction, defaultActions, imageArnPlaceholder, renderPolicy } from './policy.ts';
import type { PrincipalKind } from './policy-condition-rules.ts';
import { checkCondition } from './policy-condition-rules.ts';
import { checkPrincipal } from './policy-principal-rules.ts';
import type { DocumentPath, PlaceName, PolicyReport } from './policy-report.ts';
import { itemsIn, objectIn, pathText, policyReportInto } from './policy-report.ts';

/** What a policy is checked for. */
export interface PolicyContext {
  /** The images that shall carry it; the rules that need one are left out where there is none. */
  readonly images: readonly ImageArn[];
  readonly principalKinds?: readonly PrincipalKind[];
  /** How problems name their place; the path into the document where absent. */
  readonly placeName?: PlaceName;
}

// Image Builder's own limit for PutImagePolicy.policy.
const longestPolicy = 30_000;
const version = '2012-10-17';
const documentKeys = ['Version', 'Id', 'Statement'];
const statementKeys = ['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition'];
const negativeKeys = ['NotPrincipal', 'NotAction', 'NotResource'];
const toNobody = 'To share with nobody, write policy: { principals: [] } in the manifest.';

/**
 * Everything that is wrong, or doubtful, about a policy template before AWS is asked: errors would be refused by Image
 * Builder or could not be promoted by RAM, warnings may be. In the order of the document; empty where all is well.
 */
export function checkPolicy(template: string, context: PolicyContext): readonly Problem[] {
  const { placeName = pathText } = context;
  const source = readJson(template);
  if (!('value' in source)) {
    const fix = 'Mend the JSON syntax at this place.';
    return [
      { code: 'policy-invalid', severity: 'error', at: placeName([], source.place), message: source.message, fix },
    ];
  }
  const problems: Problem[] = source.repeatedNames.map(({ message, place }) => ({
    code: 'policy-invalid',
    severity: 'error',
    at: placeName([], place),
    message,
    fix: 'Take one of the two out: only the last one counts.',
  }));
  const report = policyReportInto(problems, source, placeName);
  checkText(template, context.images, report);
  checkDocument(source, context, report);
  return problems;
}

function checkText(template: string, images: readonly ImageArn[], report: PolicyReport): void {
  const longest = Math.max(0, ...rendered(template, images).map(({ length }) => length));
  if (longest > longestPolicy) {
    const message = `The policy of an image has ${longest} characters, and Image Builder takes ${longestPolicy}`;
    report.error({
      path: [],
      message,
      fix: 'Name fewer principals, or an organisation, or write the document without spaces.',
    });
  }
  for (const [placeholder, name = ''] of template.matchAll(/\$\{([^}:]*)\}/g)) {
    if (placeholder === imageArnPlaceholder) continue;
    report.error({
      path: [],
      message: `"${placeholder}" stands for nothing`,
      fix: `Write ${imageArnPlaceholder}; ${name} is not known.`,
    });
  }
}

// One ARN of each length is enough to know the longest document; a call with 10,000 arguments is not wanted.
function rendered(template: string, images: readonly ImageArn[]): readonly string[] {
  const longest = images.reduce<ImageArn | null>(
    (best, image) => (best === null || image.length > best.length ? image : best),
    null,
  );
  return longest === null ? [template] : [renderPolicy(template, longest)];
}

function checkDocument({ value }: JsonSource, context: PolicyContext, report: PolicyReport): void {
  const document = objectIn(value);
  if (document === null) {
    report.error({
      path: [],
      message: 'The policy is not a JSON object',
      fix: `Begin with { "Version": "${version}", "Statement": [ … ] }.`,
    });
    return;
  }
  checkKeys(document, documentKeys, [], report);
  if (document['Version'] !== version) {
    const path = 'Version' in document ? ['Version'] : [];
    report.error({ path, message: `Version is not "${version}"`, fix: `Write "Version": "${version}".` });
  }
  const statements = itemsIn(document['Statement'] ?? [], ['Statement']);
  if (statements.length === 0)
    report.error({ path: ['Statement'], message: 'The policy has no statement', fix: toNobody });
  for (const { item, path } of statements) checkStatement(item, path, context, report);
  checkStatementsTogether(
    statements.map(({ item }) => objectIn(item) ?? {}),
    report,
  );
}

function checkKeys(value: object, known: readonly string[], path: DocumentPath, report: PolicyReport): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key) || negativeKeys.includes(key)) continue;
    const meant = known.find((name) => name.toLowerCase() === key.toLowerCase());
    const fix = meant === undefined ? `Known here: ${known.join(', ')}.` : `Write "${meant}".`;
    report.error({ path: [...path, key], message: `"${key}" is not known here`, fix });
  }
}

function checkStatement(value: unknown, path: DocumentPath, context: PolicyContext, report: PolicyReport): void {
  const statement = objectIn(value);
  if (statement === null) {
    report.error({ path, message: 'The statement is not an object', fix: 'Write { "Effect": "Allow", … }.' });
    return;
  }
  checkKeys(statement, statementKeys, path, report);
  for (const key of negativeKeys.filter((name) => name in statement)) {
    const fix = `Say ${key.slice(3)}: what is shared, and with whom, has to be named.`;
    report.error({ path: [...path, key], message: `${key} cannot be shared by RAM`, fix });
  }
  if (statement['Effect'] !== 'Allow') {
    const message = statement['Effect'] === 'Deny' ? 'A Deny cannot be shared by RAM' : 'Effect is not "Allow"';
    report.error({
      path: [...path, 'Effect'],
      message,
      fix: 'Write "Effect": "Allow", and leave out whom you would deny.',
    });
  }
  if (!['undefined', 'string'].includes(typeof statement['Sid'])) {
    report.error({
      path: [...path, 'Sid'],
      message: 'The Sid is not a text',
      fix: 'Put it in quotes, or take it out.',
    });
  }
  checkActions(statement, path, report);
  checkResources(statement, path, context.images, report);
  checkWho(statement, path, context, report);
}

function checkWho(
  statement: Readonly<Record<string, unknown>>,
  path: DocumentPath,
  { images, principalKinds = [] }: PolicyContext,
  report: PolicyReport,
): void {
  const isNegative = 'NotPrincipal' in statement && !('Principal' in statement);
  const isForAnyone = isNegative || checkPrincipal(statement['Principal'], [...path, 'Principal'], images, report);
  if ('Condition' in statement) {
    checkCondition(statement['Condition'], [...path, 'Condition'], { isForAnyone, principalKinds }, report);
  } else if (isForAnyone && 'Principal' in statement) {
    const message = 'The principal "*" opens the image to every account of AWS';
    report.warning({
      path: [...path, 'Principal'],
      message,
      fix: 'Name the accounts.',
      code: 'principal-not-promotable',
    });
  }
}

function checkActions(statement: Readonly<Record<string, unknown>>, path: DocumentPath, report: PolicyReport): void {
  if ('NotAction' in statement && !('Action' in statement)) return;
  const fix = `Write "Action": ${JSON.stringify(defaultActions)}.`;
  const actions = itemsIn(statement['Action'] ?? [], [...path, 'Action']);
  if (actions.length === 0) report.error({ path: [...path, 'Action'], message: 'Action names nothing', fix });
  for (const { item, path: at } of actions) {
    const wrong = wrongAction(item);
    if (wrong !== null) report.error({ path: at, message: wrong, fix });
  }
}

function wrongAction(action: unknown): string | null {
  if (typeof action !== 'string') return `The action ${JSON.stringify(action)} is not a text`;
  if (/[*?]/.test(action)) return `The action "${action}" holds a wildcard, which RAM does not promote`;
  if (!/^imagebuilder:/i.test(action)) return `The action "${action}" is not one of Image Builder`;
  return /^imagebuilder:[a-z]+$/i.test(action) ? null : `"${action}" is not the name of an action`;
}

function checkResources(
  statement: Readonly<Record<string, unknown>>,
  path: DocumentPath,
  images: readonly ImageArn[],
  report: PolicyReport,
): void {
  if ('NotResource' in statement && !('Resource' in statement)) return;
  const fix = `Write "Resource": "${imageArnPlaceholder}".`;
  const resources = itemsIn(statement['Resource'] ?? [], [...path, 'Resource']);
  if (resources.length === 0) report.error({ path: [...path, 'Resource'], message: 'Resource names nothing', fix });
  for (const { item, path: at } of resources) {
    // The image's own ARN is as good, where there is but one image.
    const isFit = item === imageArnPlaceholder || (images.length > 0 && images.every((image) => image === item));
    if (!isFit)
      report.error({
        path: at,
        message: `The resource ${JSON.stringify(item)} is not the image that carries the policy`,
        fix,
      });
  }
}

function checkStatementsTogether(statements: readonly Readonly<Record<string, unknown>>[], report: PolicyReport): void {
  const path = ['Statement'];
  const sids = statements.map(({ Sid }) => Sid).filter((sid) => sid !== undefined);
  if (new Set(sids).size < sids.length) {
    report.error({ path, message: 'Two statements have the same Sid', fix: 'Give each its own, or none.' });
  }
  const actionSets = new Set(statements.map((statement) => actionSet(statement)));
  if (statements.length > 1) {
    const message = `RAM may make a share for each of the ${statements.length} statements`;
    report.warning({ path, message, fix: 'Say it in one statement where the actions and conditions are the same.' });
  }
  if (actionSets.size > 1) {
    const message = 'The statements have different actions, and each set needs a managed permission';
    report.warning({ path, message, fix: 'Give all principals the same actions.' });
  }
  if (actionSets.size > 0 && ![...actionSets].every((set) => set === actionSet({ Action: defaultActions }))) {
    const message = 'RAM has a permission for the pair GetImage + ListImages only; others count against a quota of 10';
    report.warning({ path, message, fix: `Write "Action": ${JSON.stringify(defaultActions)} where that is enough.` });
  }
}

function actionSet({ Action }: Readonly<Record<string, unknown>>): string {
  // What is no text has its problem already.
  const actions = itemsIn(Action ?? [], []).map(({ item }) => (typeof item === 'string' ? canonicalAction(item) : ''));
  return [...new Set(actions)].sort().join(' ');
}

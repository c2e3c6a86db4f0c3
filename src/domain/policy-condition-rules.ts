import type { DocumentPath, PolicyReport } from './policy-report.ts';
import { itemsIn, objectIn } from './policy-report.ts';

/** What the writer of a policy says to have tried, beyond what AWS promises. */
export type PrincipalKind = 'organization';

/** What a condition is judged by. */
export interface ConditionContext {
  /** Whether the statement is for `*`. */
  readonly isForAnyone: boolean;
  readonly principalKinds: readonly PrincipalKind[];
}

const operatorPattern =
  /^(?:For(?:Any|All)Values?:)?(?:String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|Numeric(?:Not)?Equals|Numeric(?:Less|Greater)Than(?:Equals)?|Date(?:Not)?Equals|Date(?:Less|Greater)Than(?:Equals)?|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like)|Null)(?:IfExists)?$/;

const organizationKeys = ['aws:principalorgid', 'aws:principalorgpaths'];
// RAM's guide to customer managed permissions; keys are the same in every case.
const refusedKeys = [
  'aws:principalaccount',
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceorgpaths',
  'aws:sourceorgid',
];
const refusedTags = /^aws:(?:principal|resource|request)tag\/aws:/;

/** Checks a condition against what RAM's managed permissions take: a share with any other cannot be promoted. */
export function checkCondition(
  condition: unknown,
  path: DocumentPath,
  context: ConditionContext,
  report: PolicyReport,
): void {
  const operators = Object.entries(objectIn(condition) ?? {});
  if (operators.length === 0) {
    report.error({
      path,
      message: 'Condition says nothing',
      fix: 'Take it out, or write { "operator": { "key": "value" } }.',
    });
  }
  for (const [operator, tests] of operators) {
    const at = [...path, operator];
    checkOperator(operator, at, report);
    const keys = Object.keys(objectIn(tests) ?? {});
    if (keys.length === 0)
      report.error({
        path: at,
        message: `The condition ${operator} tests nothing`,
        fix: 'Take it out, or name a key.',
      });
    for (const key of keys) {
      checkKey(key, [...at, key], context, report);
      checkValues(objectIn(tests)?.[key], [...at, key], report);
    }
  }
}

function checkOperator(operator: string, path: DocumentPath, report: PolicyReport): void {
  if (!operatorPattern.test(operator)) {
    report.error({
      path,
      message: `"${operator}" is not an operator of IAM`,
      fix: 'Write one such as StringEquals or Bool.',
    });
  } else if (operator.includes('Not')) {
    const message = `The operator ${operator} negates, which managed permissions do not take`;
    report.error({ path, message, fix: 'Say what is allowed instead.', code: 'principal-not-promotable' });
  }
}

function checkKey(
  key: string,
  path: DocumentPath,
  { isForAnyone, principalKinds }: ConditionContext,
  report: PolicyReport,
): void {
  const name = key.toLowerCase();
  const code = 'principal-not-promotable';
  if (organizationKeys.includes(name) && isForAnyone) {
    const message = `Managed permissions do not take the condition ${key}`;
    if (principalKinds.includes('organization')) {
      report.warning({ path, message, fix: 'Try it with one image first: its promotion may be refused.', code });
    } else {
      const fix =
        'Name the accounts, or share with the organisation in RAM, or say policy.principalKinds: [organization] where you have tried it.';
      report.error({ path, message, fix, code });
    }
  } else if (organizationKeys.includes(name) || refusedKeys.includes(name) || refusedTags.test(name)) {
    const message = `Managed permissions do not take the condition ${key}`;
    report.error({ path, message, fix: 'Take it out, and name the principals themselves.', code });
  }
}

function checkValues(values: unknown, path: DocumentPath, report: PolicyReport): void {
  const fix = 'Write a text, or a list of texts.';
  const items = itemsIn(values, path);
  if (items.length === 0) report.error({ path, message: 'The condition has no value', fix });
  for (const { item, path: at } of items) {
    if (['string', 'number', 'boolean'].includes(typeof item)) continue;
    report.error({ path: at, message: `The value ${JSON.stringify(item)} of the condition is not a text`, fix });
  }
}

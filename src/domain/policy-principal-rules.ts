import type { ImageArn } from './arn.ts';
import { imageArnParts } from './arn.ts';
import type { DocumentPath, PolicyReport } from './policy-report.ts';
import { itemsIn, objectIn } from './policy-report.ts';
import { accountOfPrincipal } from './principal.ts';

// IAM takes no pattern here: `role/*` would be a role of that very name.
const principalArn = /^arn:(aws[^:]*):iam::\d{12}:(root|role\/[^*?]+|user\/[^*?]+)$/;
const asPrincipal = 'Give a 12-digit account id, or the ARN of a role, a user or the root of an account.';

/** Checks whom a statement gives access, for images of these owners. Answers whether it is anyone (`*`). */
export function checkPrincipal(
  principal: unknown,
  path: DocumentPath,
  images: readonly ImageArn[],
  report: PolicyReport,
): boolean {
  if (principal === '*') return true;
  const kinds = Object.entries(objectIn(principal) ?? {});
  if (kinds.length === 0) {
    const fix = `Write "Principal": { "AWS": ["222222222222"] }.`;
    report.error({ path, message: 'Principal names nobody', fix });
  }
  return kinds.map(([kind, names]) => checkKind(kind, names, [...path, kind], { images, report })).includes(true);
}

interface Check {
  readonly images: readonly ImageArn[];
  readonly report: PolicyReport;
}

function checkKind(kind: string, names: unknown, path: DocumentPath, { images, report }: Check): boolean {
  const items = itemsIn(names, path);
  if (items.length === 0) report.error({ path, message: `Principal.${kind} is an empty list`, fix: asPrincipal });
  for (const { item, path: at } of items) checkText(item, at, report);
  if (kind === 'AWS') {
    for (const { item, path: at } of items) checkName(item, at, images, report);
    return items.some(({ item }) => item === '*');
  }
  if (kind === 'Service') {
    const message = 'It is not known whether an image can be shared with an AWS service';
    report.warning({
      path,
      message,
      fix: 'Share with the accounts that use the service.',
      code: 'principal-not-promotable',
    });
  } else {
    report.error({ path, message: `Principal.${kind} cannot be shared with`, fix: 'Name principals under "AWS".' });
  }
  return false;
}

function checkText(name: unknown, path: DocumentPath, report: PolicyReport): void {
  if (typeof name === 'string') return;
  const fix = 'Put the account id in quotes.';
  report.error({ path, message: `The principal ${JSON.stringify(name)} is not a text`, fix });
}

function checkName(name: unknown, path: DocumentPath, images: readonly ImageArn[], report: PolicyReport): void {
  if (name === '*' || typeof name !== 'string') return;
  const wrong = wrongName(name);
  if (wrong !== null) {
    report.error({ path, ...wrong });
    return;
  }
  checkPartition(name, path, images, report);
  warnOfName(name, path, images, report);
}

function wrongName(name: string): { readonly message: string; readonly fix: string } | null {
  if (/^\d{12}$/.test(name) || principalArn.test(name)) return null;
  const quoted = `The principal "${name}"`;
  if (/^\d+$/.test(name)) {
    const fix = name.length < 12 ? ` If it lost its leading zeros, it is "${name.padStart(12, '0')}".` : '';
    return { message: `${quoted} has ${name.length} digits, and an account id has 12`, fix: `${asPrincipal}${fix}` };
  }
  if (name.includes(':assumed-role/'))
    return { message: `${quoted} is a session of a role`, fix: 'Name the role itself: arn:aws:iam::…:role/….' };
  if (name.includes(':organizations:') || /^ou?-/.test(name)) {
    const fix = 'Write "Principal": "*" with the condition aws:PrincipalOrgID, or name the accounts.';
    return { message: `${quoted} is an organisation, which a policy names by a condition`, fix };
  }
  if (/^A(ROA|IDA)/.test(name))
    return { message: `${quoted} is the id of a role or user that is gone`, fix: 'Take it out.' };
  if (name.includes('*')) return { message: `${quoted} holds a wildcard, which IAM does not expand`, fix: asPrincipal };
  return { message: `${quoted} is of no known form`, fix: asPrincipal };
}

function checkPartition(name: string, path: DocumentPath, images: readonly ImageArn[], report: PolicyReport): void {
  const [, partition] = principalArn.exec(name) ?? [];
  const elsewhere = images.find((image) => imageArnParts(image).partition !== partition);
  if (partition === undefined || elsewhere === undefined) return;
  const message = `The principal "${name}" is of the partition ${partition}, and ${elsewhere} is not`;
  report.error({
    path,
    message,
    fix: 'Nothing is shared between partitions: take it out, or name the account by its bare id.',
  });
}

function warnOfName(name: string, path: DocumentPath, images: readonly ImageArn[], report: PolicyReport): void {
  const account = accountOfPrincipal(name);
  const owned = images.find((image) => imageArnParts(image).account === account);
  if (owned !== undefined) {
    const message = `The principal "${name}" belongs to the owner of ${owned}, who has access anyway`;
    report.warning({ path, message, fix: 'Take it out: it changes nothing.' });
  } else if (/:(role|user)\//.test(name)) {
    const message = `Shares for a role or user, such as "${name}", may not be promotable`;
    report.warning({
      path,
      message,
      fix: 'Name the whole account, or try it with one image.',
      code: 'principal-not-promotable',
    });
  }
}

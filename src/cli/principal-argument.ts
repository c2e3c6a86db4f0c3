import { AppError } from '../domain/errors.ts';

const accountOrIdentity = /^(?:\d{12}|arn:aws[^:]*:iam::\d{12}:(?:root|role\/[^\s*?]+|user\/[^\s*?]+))$/;
const organizationOrUnit =
  /^(?:o-[a-z0-9]{3,32}|ou-[a-z0-9]{3,32}-[a-z0-9]{3,32}|arn:aws[^:]*:organizations::\d{12}:(?:organization\/o-[a-z0-9]+|ou\/\S+\/ou-[a-z0-9-]+))$/;

/** Throws `usage-wrong` where a text names no principal. */
export function requirePrincipal(text: string): void {
  if (organizationOrUnit.test(text)) return;
  requireIdentity(text);
}

/** Throws `usage-wrong` where a text names neither an account, nor a role or user. */
export function requireIdentity(text: string): void {
  if (accountOrIdentity.test(text)) return;
  throw new AppError('usage-wrong', 'Give an account id of 12 digits, or the ARN of a role or user', { item: text });
}

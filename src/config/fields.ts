import { z } from 'zod';
import { imageArnPattern } from '../domain/arn.ts';
import { durationMs, durationPattern, durationText } from '../domain/timing.ts';

/** The name of a rollout or of a wave, which is part of workflow ids. */
export const nameField = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'is not a name of 1 to 64 lower-case letters, digits and hyphens');

/** An account id. */
export const accountField = z.string().regex(/^\d{12}$/, 'is not an account id of 12 digits');

/** What people call an account. */
export const accountNameField = z.string().regex(/^[^\p{C}]{1,64}$/u, 'is not a name of 1 to 64 printable characters');

/** A Region. */
export const regionField = z
  .string()
  .regex(/^[a-z]{2,3}(?:-[a-z]+)+-\d{1,2}$/, 'is not the name of a Region, such as eu-west-1');

/** A pattern of image names. */
export const patternField = z
  .string()
  .regex(/^[a-z0-9*?_-]{1,126}$/, 'is not a pattern of image names: lower-case letters, digits, - and _, * and ?');

/** Tags, each with its value. */
export const tagsField = z.record(
  z.string().min(1).max(128),
  z.string().max(256).describe('Value of the tag, in quotes.'),
);

/** An organisation or a unit of one. */
export const organizationField = z
  .string()
  .regex(
    /^(?:o-[a-z0-9]{3,32}|ou-[a-z0-9]{3,32}-[a-z0-9]{3,32})$/,
    'is not the id of an organisation (o-…) or of a unit of one (ou-…)',
  );

/** A principal in shorthand. */
export const principalField = z
  .string()
  .regex(
    /^(?:\d{12}|\*|o-[a-z0-9]{3,32}|ou-[a-z0-9]{3,32}-[a-z0-9]{3,32}|arn:aws[^:]*:iam::\d{12}:(?:root|role\/[^\s*?]+|user\/[^\s*?]+)|arn:aws[^:]*:organizations::\d{12}:(?:organization\/o-[a-z0-9]+|ou\/\S+\/ou-[a-z0-9-]+))$/,
    'is not an account id of 12 digits, nor the ARN of a role, user, organisation or organisational unit',
  );

/** An action of Image Builder. */
export const actionField = z
  .string()
  .regex(/^imagebuilder:[A-Za-z]+$/, 'is not an action of Image Builder, such as imagebuilder:GetImage');

/** The ARN of an image build. */
export const imageArnField = z.string().regex(imageArnPattern, 'is not the ARN of an image build');

/** A role to assume. */
export const roleArnField = z
  .string()
  .regex(
    /^arn:aws[^:]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    'is not the ARN of a role, such as arn:aws:iam::222222222222:role/reader',
  );

/** A path of a file. */
export const fileField = z.string().min(1).max(4096);

/** A whole number in a range. */
export function countField(least: number, most: number) {
  return z.int().min(least).max(most);
}

/** A duration such as `15s`, `10m` or `4h` in a range; gives milliseconds. */
export function durationField(leastMs: number, mostMs: number) {
  const range = `${durationText(leastMs)} to ${durationText(mostMs)}`;
  return z
    .string()
    .refine((text) => {
      const ms = durationMs(text);
      return ms !== null && ms >= leastMs && ms <= mostMs;
    }, `is not a duration of ${range}, such as 15s, 10m or 4h`)
    .meta({ pattern: durationPattern.source })
    .transform((text) => durationMs(text) ?? leastMs);
}

import { AwsError } from './aws-error.ts';
import { isJsonObject } from './json.ts';
import type { JsonObject } from './json.ts';

function wrongType(name: string, wanted: string): AwsError {
  return new AwsError(400, 'SerializationException', `${name} must be ${wanted}`);
}

/** A text parameter, or undefined where the call has none. */
export function optionalText(parameters: JsonObject, name: string): string | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(name, 'a string');
  return value;
}

/** A list of texts; an absent one is empty. */
export function texts(parameters: JsonObject, name: string): readonly string[] {
  const value = parameters[name];
  if (value === undefined || value === null) return [];
  if (!isTexts(value)) throw wrongType(name, 'a list of strings');
  return value;
}

/** A flag, or undefined where the call has none. */
export function optionalFlag(parameters: JsonObject, name: string): boolean | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw wrongType(name, 'a boolean');
  return value;
}

/** A whole number, or undefined where the call has none. */
export function optionalCount(parameters: JsonObject, name: string): number | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'an integer');
  return value;
}

/** A list of objects; an absent one is empty. */
export function objects(parameters: JsonObject, name: string): readonly JsonObject[] {
  const value = parameters[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isJsonObject)) throw wrongType(name, 'a list of structures');
  return value;
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((member) => typeof member === 'string');
}

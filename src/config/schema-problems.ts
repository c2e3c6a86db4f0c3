import type { z } from 'zod';
import type { ErrorCode, Problem } from '../domain/errors.ts';
import { schemaPartAt } from './json-schema.ts';
import { nearMiss } from './near-miss.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/** A file that is checked against a schema. */
export interface CheckedFile {
  /** As people find it. */
  readonly label: string;
  readonly source: YamlSource;
  readonly jsonSchema: unknown;
  readonly code: ErrorCode;
}

type Issue = z.core.$ZodIssue;

interface Found {
  readonly path: YamlPath;
  readonly message: string;
  readonly fix: string;
  /** True where the key is wrong, not its value. */
  readonly isKey?: boolean;
}

/** `file:line:column` of a value, or of its key. */
export function placeIn(
  { label, source }: Pick<CheckedFile, 'label' | 'source'>,
  path: YamlPath,
  isKey = false,
): string {
  const { line, column } = isKey ? source.keyPlaceOf(path) : source.placeOf(path);
  return `${label}:${line}:${column}`;
}

/** The problems of the text itself. */
export function syntaxProblems({ label, source, code }: CheckedFile): readonly Problem[] {
  return source.problems.map(({ message, fix, place }) => ({
    code,
    severity: 'error',
    at: `${label}:${place.line}:${place.column}`,
    message,
    fix,
  }));
}

/** The problems that a schema found, each at its place, with what would be right. */
export function schemaProblems(file: CheckedFile, issues: readonly Issue[]): readonly Problem[] {
  return issues
    .flatMap((issue) => found(issue, pathOf(issue.path), file))
    .map(({ path, message, fix, isKey = false }) => ({
      code: file.code,
      severity: 'error',
      at: placeIn(file, path, isKey),
      message,
      fix,
    }));
}

function found(issue: Issue, path: YamlPath, file: CheckedFile): readonly Found[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, file));
  if (issue.code === 'invalid_union') {
    return closestBranch(issue).flatMap((inner) => found(inner, [...path, ...pathOf(inner.path)], file));
  }
  if (issue.code === 'invalid_key') {
    const fix = fixAt(path.slice(0, -1), file);
    const key = quoted(String(path.at(-1)));
    return issue.issues.map(({ message }) => ({ path, message: `The key ${key} ${message}`, fix, isKey: true }));
  }
  return [wrongValue(issue, path, file)];
}

function wrongValue(issue: Issue, path: YamlPath, file: CheckedFile): Found {
  const value = valueAt(file.source.value, path);
  const name = pathName(path);
  if (value === undefined || (value === null && path.length === 0)) {
    return {
      path,
      message: path.length === 0 ? 'The file is empty' : `${name} is missing`,
      fix: fixAt(path, file),
      isKey: true,
    };
  }
  const shown = `${name} is ${shownValue(value, file.source.writtenAt(path))}`;
  const fix = fixAt(path, file);
  if (issue.code === 'invalid_type') return wrongType(issue.expected, { path, message: shown, fix }, file);
  if (issue.code === 'invalid_value') return { path, message: shown, fix: oneOf(issue.values.map(String), value) };
  if (issue.code === 'too_small') {
    return { path, message: `${shown}: at least ${String(issue.minimum)}${unitOf(issue.origin)}`, fix };
  }
  if (issue.code === 'too_big') {
    return { path, message: `${shown}: at most ${String(issue.maximum)}${unitOf(issue.origin)}`, fix };
  }
  const message = typeof value === 'object' ? `${name} ${issue.message}` : `${shown}: it ${issue.message}`;
  return { path, message, fix: (issue.code === 'custom' ? fixOf(issue.params) : null) ?? fix };
}

function wrongType(expected: string, { path, message, fix }: Found, { source }: CheckedFile): Found {
  const value = valueAt(source.value, path);
  const written = source.writtenAt(path);
  if (expected !== 'string' || typeof value !== 'number' || written === null) {
    return { path, message: `${message}, not ${kindName(expected)}`, fix };
  }
  // So long a number is an id; a short one is something else that went wrong.
  if (!/^\d{9,}$/.test(written)) return { path, message: `${message}, not a text`, fix };
  const lost = written.startsWith('0') ? ', which loses its leading zero' : '';
  return {
    path,
    message: `${message}: YAML reads ${written} as a number${lost}`,
    fix: `Put it in quotes: '${written}'.`,
  };
}

function unknownKey(key: string, path: YamlPath, { jsonSchema }: CheckedFile): Found {
  const { keys } = schemaPartAt(jsonSchema, path);
  const meant = nearMiss(key, keys);
  const fix = meant === null ? `Known here: ${keys.join(', ')}.` : `Did you mean "${meant}"?`;
  const where = path.length === 0 ? '' : ` in ${pathName(path)}`;
  return { path: [...path, key], message: `The key ${quoted(key)} is not known${where}`, fix, isKey: true };
}

// Of the forms that a value may have, the one it was meant to have is the one whose kind of value it is.
function closestBranch({ errors }: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] {
  const isWrongKind = (issues: readonly Issue[]) =>
    issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
  return errors.find((issues) => !isWrongKind(issues)) ?? errors[0] ?? [];
}

function oneOf(known: readonly string[], value: unknown): string {
  const meant = typeof value === 'string' ? nearMiss(value, known) : null;
  const list = known.length === 1 ? `Write ${known.join()}.` : `Write one of ${known.join(', ')}.`;
  return meant === null || known.length === 1 ? list : `Did you mean "${meant}"? ${list}`;
}

function fixAt(path: YamlPath, { jsonSchema }: CheckedFile): string {
  return schemaPartAt(jsonSchema, path).description ?? 'See the JSON Schema.';
}

function fixOf(params: Record<string, unknown> | undefined): string | null {
  const fix = params?.['fix'];
  return typeof fix === 'string' ? fix : null;
}

/** `images.include[3]` for a path. */
export function pathName(path: YamlPath): string {
  if (path.length === 0) return 'The file';
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
}

/** The path of an issue that zod has found. */
export function pathOf(path: readonly PropertyKey[]): YamlPath {
  return path.map((key) => (typeof key === 'number' ? key : String(key)));
}

function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (typeof inner !== 'object' || inner === null) return undefined;
    return Object.getOwnPropertyDescriptor(inner, key)?.value;
  }, value);
}

function shownValue(value: unknown, written: string | null): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value === null) return 'empty';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? quoted(value) : (written ?? JSON.stringify(value));
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}

function kindName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'a text',
    array: 'a list',
    object: 'an object',
    record: 'an object',
    boolean: 'true or false',
    number: 'a number',
    int: 'a whole number',
  };
  return names[expected] ?? expected;
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' items' : '';
}

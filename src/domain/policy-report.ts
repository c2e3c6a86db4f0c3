import type { ErrorCode, Problem } from './errors.ts';
import type { JsonSource, TextPlace } from './json-source.ts';

/** A way into a document, such as `['Statement', 0, 'Action']`. */
export type DocumentPath = readonly (string | number)[];

/** Names the place of something in a policy, as people find it. */
export type PlaceName = (path: DocumentPath, place: TextPlace) => string;

/** Something that a rule found. */
export interface Finding {
  readonly path: DocumentPath;
  readonly message: string;
  readonly fix: string;
  /** `policy-invalid` where absent. */
  readonly code?: ErrorCode;
}

/** Collects what the rules of a policy find. */
export interface PolicyReport {
  /** The policy would be refused, or would do something else than meant. */
  readonly error: (finding: Finding) => void;
  /** The policy may be right, and somebody should know. */
  readonly warning: (finding: Finding) => void;
}

/** A report into a list of problems. */
export function policyReportInto(problems: Problem[], source: JsonSource, placeName: PlaceName): PolicyReport {
  const add = (severity: Problem['severity'], { path, message, fix, code = 'policy-invalid' }: Finding) => {
    problems.push({ code, severity, at: placeName(path, source.placeOf(path)), message, fix });
  };
  return { error: (finding) => add('error', finding), warning: (finding) => add('warning', finding) };
}

/** `Statement[0].Action` for a path. */
export function pathText(path: DocumentPath): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  return text.replace(/^\./, '') || 'the document';
}

/** An object of a document, or null where the value is something else. */
export function objectIn(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

/** A value of a document, or the items of a list, each with its path. */
export function itemsIn(
  value: unknown,
  path: DocumentPath,
): readonly { readonly item: unknown; readonly path: DocumentPath }[] {
  if (!Array.isArray(value)) return [{ item: value, path }];
  return value.map((item: unknown, index) => ({ item, path: [...path, index] }));
}

import type { ErrorContext, Problem } from '../../domain/errors.ts';
import { errorCodes } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Paint } from './text.ts';
import { oneLine, plural } from './text.ts';

/** An error as people and programs are told of it. */
export interface ShownError {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly context: ErrorContext;
}

/** `error[code]: title`, what happened, to which item, every problem at its place, what to do; never a stack. */
export function renderError({ code, detail, context }: ShownError, paint: Paint): readonly string[] {
  const { title, hint } = errorCodes[code];
  const { item, requestId, awsName, problems = [] } = context;
  return [
    `${paint('red', `error[${code}]`)}: ${title}`,
    ...field('what happened', detail, paint),
    ...(item === undefined || detail.includes(item) ? [] : field('item', item, paint)),
    ...(awsName === undefined ? [] : field('AWS error', awsName, paint)),
    ...(requestId === undefined ? [] : field('request id', requestId, paint)),
    ...problems.flatMap((problem) => renderProblem(problem, paint)),
    ...field('what to do', hint, paint),
  ];
}

/** A problem of an input: where, what, and what would be right. */
export function renderProblem({ code, severity, at, message, fix }: Problem, paint: Paint): readonly string[] {
  const style = severity === 'error' ? 'red' : 'yellow';
  return [
    `  ${paint('bold', oneLine(at))}: ${paint(style, `${severity}[${code}]`)}: ${oneLine(message)}`,
    `      ${paint('dim', 'right would be:')} ${oneLine(fix)}`,
  ];
}

/** `2 errors, 1 warning`. */
export function problemsText(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const parts = [errors === 0 ? null : plural(errors, 'error'), warnings === 0 ? null : plural(warnings, 'warning')];
  return parts.filter((part) => part !== null).join(', ');
}

/** The same facts as {@link renderError}, as one JSON value. */
export function errorDocument({ code, detail, context }: ShownError) {
  const { title, hint } = errorCodes[code];
  const { item, requestId, awsName, problems } = context;
  return {
    formatVersion: 1,
    error: {
      code,
      title,
      detail,
      hint,
      ...(item === undefined ? {} : { item }),
      ...(awsName === undefined ? {} : { awsName }),
      ...(requestId === undefined ? {} : { requestId }),
      ...(problems === undefined ? {} : { problems }),
    },
  } as const;
}

function field(name: string, text: string, paint: Paint): readonly string[] {
  const line = oneLine(text);
  return line === '' ? [] : [`  ${paint('dim', `${name}:`)} ${line}`];
}

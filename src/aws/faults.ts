import type { ErrorCode, ErrorContext } from '../domain/errors.ts';
import { AppError } from '../domain/errors.ts';
import { CredentialsFailure } from './credentials.ts';
import { codeOfAwsName } from './fault-names.ts';
import { retryAfterMs } from './retry-after.ts';

/** Whether a call ended because its signal asked for it. Such an error is not AWS's, and is passed on as it is. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/**
 * Says in the words of this product what went wrong in a call, by the name that AWS gave the error, then by the HTTP
 * status, then by the code of the network. A name that nobody knows passes as `aws-unknown` with its own text, unless the
 * status says enough. `isUnanswered` is true where a write may have taken effect. An AppError is given back as it is.
 */
export function toAppError(error: unknown, call: { readonly operation: string; readonly item: string }): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof CredentialsFailure) return credentialsFault(error, call);
  const fault = faultOf(error);
  return new AppError(codeOf(fault, call.operation), sentence(`${call.operation} of ${call.item}`, fault), {
    ...contextOf(error, fault, call.item),
    ...(isUnanswered(fault) ? { isUnanswered: true } : {}),
  });
}

/** When the answer was given that an error of the SDK is, by the clock of whoever gave it; null where it does not say. */
export function answerDateMs(error: unknown): number | null {
  const date = Date.parse(textOf(fieldOf(fieldOf(fieldOf(error, '$response'), 'headers'), 'date')) ?? '');
  return Number.isNaN(date) ? null : date;
}

/** What is worth knowing of an error that the SDK threw. */
interface Fault {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly networkCode: string | undefined;
}

// The SDK's parser throws it where a proxy answers with a page: a name, but not one that AWS gave.
const unreadableName = 'SyntaxError';

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPROTO',
]);

// With these no connection was made, so nothing was sent.
const unsentCodes = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

const codeOfStatuses: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'aws-access-denied'],
  [402, 'aws-quota'],
  [403, 'aws-access-denied'],
  [404, 'aws-not-found'],
  [407, 'aws-access-denied'],
  [408, 'aws-unavailable'],
  [409, 'aws-state-conflict'],
  [410, 'aws-not-found'],
  [429, 'aws-throttled'],
  [500, 'aws-server-error'],
  [501, 'aws-server-error'],
]);

function faultOf(error: unknown): Fault {
  const metadata = fieldOf(error, '$metadata');
  return {
    name: textOf(fieldOf(error, 'name')) ?? 'Error',
    message: textOf(fieldOf(error, 'message')) ?? textOf(error) ?? '',
    status: numberOf(fieldOf(metadata, 'httpStatusCode')),
    requestId: textOf(fieldOf(metadata, 'requestId')),
    networkCode: networkCodeOf(error),
  };
}

// The code may stand in a cause: an AggregateError of several addresses, or a TLS error.
function networkCodeOf(error: unknown, depth = 0): string | undefined {
  if (depth > 5 || error === undefined) return undefined;
  const code = textOf(fieldOf(error, 'code'));
  if (code !== undefined && networkCodes.has(code)) return code;
  return networkCodeOf(fieldOf(error, 'cause'), depth + 1);
}

function codeOf({ name, status, networkCode }: Fault, operation: string): ErrorCode {
  const byName = codeOfAwsName(name, operation);
  if (byName !== null) return byName;
  const byStatus = status === undefined ? null : codeOfStatus(status, name === unreadableName);
  if (byStatus !== null) return byStatus;
  return networkCode === undefined ? 'aws-unknown' : 'aws-unavailable';
}

function codeOfStatus(status: number, isUnreadable: boolean): ErrorCode | null {
  // Whoever wrote a page that is not AWS's does not know who may do what.
  if (isUnreadable && status === 403) return 'aws-unavailable';
  const known = codeOfStatuses.get(status);
  if (known !== undefined) return known;
  // Something between here and AWS answers in its place, as a portal does, or a proxy that starts.
  if (status >= 500 || (isUnreadable && status < 400)) return 'aws-unavailable';
  // RAM says nearly everything with 400, so a new name there may mean anything.
  return isUnreadable || status > 400 ? 'aws-request-invalid' : null;
}

// An error with a status of success is an answer that could not be read to its end.
function isUnanswered({ status, networkCode }: Fault): boolean {
  if (status !== undefined) return status >= 500 || status < 400;
  return networkCode === undefined || !unsentCodes.has(networkCode);
}

function credentialsFault(
  { roleArn, cause }: CredentialsFailure,
  { operation, item }: { readonly operation: string; readonly item: string },
): AppError {
  const fault = faultOf(cause);
  // Nothing was sent, so nothing is unanswered.
  const context = contextOf(cause, fault, item);
  if (roleArn === undefined) {
    return new AppError(
      codeOf(fault, 'GetCredentials'),
      sentence(`No credentials for ${operation} of ${item}`, fault),
      context,
    );
  }
  const code = codeOf(fault, 'AssumeRole');
  const remedy =
    code === 'aws-access-denied'
      ? '; check that its trust policy names the worker, and that the external id is the one it asks for'
      : '';
  return new AppError(code, `${sentence(`Assuming ${roleArn} for ${operation} of ${item}`, fault)}${remedy}`, context);
}

function contextOf(error: unknown, { name, requestId }: Fault, item: string): ErrorContext {
  const retryAfter = retryAfterMs(fieldOf(fieldOf(error, '$response'), 'headers'), Date.now());
  return {
    item,
    cause: error,
    awsName: name,
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
  };
}

function sentence(what: string, { name, message, status, networkCode }: Fault): string {
  if (name === unreadableName) return `${what} failed: an answer that AWS did not write, HTTP ${status ?? '?'}`;
  const said = oneLine(message);
  const named = status === undefined ? (networkCode ?? name) : `${name} (HTTP ${status})`;
  return said === '' ? `${what} failed: ${named}` : `${what} failed: ${named}: ${said}`;
}

const longestText = 300;

// A terminal or a log must not obey what a server wrote.
function oneLine(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  const characters = Array.from(clean);
  return characters.length <= longestText ? clean : `${characters.slice(0, longestText - 1).join('')}…`;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

import { AwsError, imageBuilderError, ramError } from './aws-error.ts';
import type { CallFilter } from './call-filter.ts';
import type { Service } from './operation.ts';

/** When to come again, as headers of an error. */
export type RetryHint = {
  /** `Retry-After`, in seconds. */
  readonly retryAfterSeconds?: number;
  /** `x-amz-retry-after`, in milliseconds. */
  readonly retryAfterMs?: number;
};

/** What happens to a call instead of, or beside, its operation. */
export type FaultAnswer =
  | ({ readonly kind: 'error'; readonly status: number; readonly name: string; readonly message?: string } & RetryHint)
  /** 429 under the service's own name. */
  | ({ readonly kind: 'throttle' } & RetryHint)
  /** 503 under the service's own name. */
  | ({ readonly kind: 'unavailable' } & RetryHint)
  /** 500 under the service's own name. */
  | { readonly kind: 'server-error' }
  /** The operation is performed, then the connection is cut without an answer. */
  | { readonly kind: 'lose-response-after-effect' }
  /** The connection is reset before the operation. */
  | { readonly kind: 'reset-connection' }
  /** No answer, no effect, and the connection stays open. */
  | { readonly kind: 'hang' }
  /** A proxy's page instead of an answer, without effect. */
  | { readonly kind: 'html'; readonly status: number }
  /** 200 with `returnValue: false`, without effect. */
  | { readonly kind: 'return-value-false' }
  /** The operation is performed after a pause. */
  | { readonly kind: 'delay'; readonly durationMs: number }
  /** A read gets the oldest answer that the same read was given within the lag. A write is performed. */
  | { readonly kind: 'stale'; readonly lagMs: number };

/** The faults that are answered as an error of AWS. */
export type ErrorFault = Extract<FaultAnswer, { readonly kind: 'error' | 'throttle' | 'unavailable' | 'server-error' }>;

export function isErrorFault(answer: FaultAnswer): answer is ErrorFault {
  return ['error', 'throttle', 'unavailable', 'server-error'].includes(answer.kind);
}

/** A fault and the calls that it strikes. The first rule that strikes a call wins. */
export type FaultRule = CallFilter & { readonly answer: FaultAnswer };

/** The error that such a fault is answered with, under the service's own name. */
export function errorOfFault(service: Service, answer: ErrorFault): AwsError {
  switch (answer.kind) {
    case 'error':
      return new AwsError(answer.status, answer.name, answer.message ?? 'Injected fault.', {
        headers: hintHeaders(answer),
      });
    case 'throttle':
      return throttlingError(service, answer);
    case 'unavailable':
      return unavailableError(service, answer);
    case 'server-error':
      return serverError(service);
  }
}

/** The throttling error of a service. */
export function throttlingError(service: Service, hint: RetryHint): AwsError {
  const options = { headers: hintHeaders(hint) };
  if (service === 'ram') return ramError('ThrottlingException', 'Rate exceeded.', options);
  if (service === 'sts') return new AwsError(400, 'Throttling', 'Rate exceeded.', options);
  return imageBuilderError('CallRateLimitExceededException', 'Rate exceeded.', options);
}

function serverError(service: Service): AwsError {
  if (service === 'sts') return new AwsError(500, 'InternalFailure', 'Internal failure.');
  if (service === 'ram') return ramError('ServerInternalException', 'Internal failure.');
  return imageBuilderError('ServiceException', 'Internal failure.');
}

function unavailableError(service: Service, hint: RetryHint): AwsError {
  const options = { headers: hintHeaders(hint) };
  if (service === 'sts') return new AwsError(503, 'ServiceUnavailable', 'Service unavailable.', options);
  const error = service === 'ram' ? ramError : imageBuilderError;
  return error('ServiceUnavailableException', 'Service unavailable.', options);
}

function hintHeaders({ retryAfterSeconds, retryAfterMs }: RetryHint): Readonly<Record<string, string>> {
  return {
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    ...(retryAfterMs !== undefined && { 'x-amz-retry-after': String(retryAfterMs) }),
  };
}

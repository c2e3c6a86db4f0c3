import { isGrpcDeadlineError, isGrpcServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { NamespaceNotFoundError, WorkflowNotFoundError } from '@temporalio/common';
import { errorText } from '../domain/error-text.ts';
import type { ErrorContext } from '../domain/errors.ts';
import { AppError } from '../domain/errors.ts';

/** Which cluster and namespace an error is about. */
export interface TemporalPlace {
  readonly address: string;
  readonly namespace: string;
}

// Numbers of the gRPC protocol; the package that names them is not a dependency of ours.
const invalidArgument = 3;
const deadlineExceeded = 4;
const notFound = 5;
const permissionDenied = 7;
const unavailable = 14;
const unauthenticated = 16;

/**
 * Runs calls to Temporal and turns what they throw into AppErrors: `temporal-unreachable` (no answer in time, refused,
 * no access), `temporal-namespace-missing`, `temporal-attributes-missing`. Every other error passes as it came.
 */
export async function withTemporalErrors<R>(place: TemporalPlace, calls: () => Promise<R>): Promise<R> {
  try {
    return await calls();
  } catch (error) {
    throw asAppError(place, error) ?? error;
  }
}

function asAppError(place: TemporalPlace, error: unknown): AppError | null {
  const { address, namespace } = place;
  const context = contextOf(place, error);
  if (error instanceof NamespaceNotFoundError) return namespaceMissing(place, error);
  const grpc = grpcErrorIn(error);
  if (grpc === null) return unconnected(place, error);
  const { code, details } = grpc;
  if (code === notFound && /namespace/i.test(details)) return namespaceMissing(place, error);
  if (code === invalidArgument && /search attribute/i.test(details)) {
    return new AppError('temporal-attributes-missing', `Namespace ${namespace} refuses the start: ${details}`, context);
  }
  if (code === deadlineExceeded || code === unavailable) {
    return new AppError('temporal-unreachable', `${address} does not answer: ${details}`, context);
  }
  if (code === permissionDenied || code === unauthenticated) {
    return new AppError('temporal-unreachable', `${address} gives no access: ${details}`, context);
  }
  return null;
}

// What Connection.connect throws where a port does not answer has no gRPC code.
function unconnected(place: TemporalPlace, error: unknown): AppError | null {
  const { address } = place;
  const context = contextOf(place, error);
  const text = errorText(error);
  if (/invalid address|could not parse target name/i.test(text)) {
    return new AppError('temporal-unreachable', `"${address}" is no address; one is host or host:port`, context);
  }
  return /failed to connect|before the deadline/i.test(text)
    ? new AppError('temporal-unreachable', `${address} does not answer: ${text}`, context)
    : null;
}

function contextOf({ address, namespace }: TemporalPlace, cause: unknown): ErrorContext {
  return { item: `${address}, namespace ${namespace}`, cause };
}

/** Whether an update got no answer in time: Temporal has taken it, and no worker has, be it one that died just now. */
export function isUnansweredUpdate(error: unknown): boolean {
  const cause = error instanceof AppError ? error.context.cause : error;
  return cause instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(cause);
}

/** Whether Temporal does not know the run that a call named; the service itself says so by a code alone. */
export function isNotFound(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || grpcErrorIn(error)?.code === notFound;
}

/** What Temporal says against the arguments of a call; null for any other error. */
export function argumentProblemIn(error: unknown): string | null {
  const grpc = grpcErrorIn(error);
  return grpc?.code === invalidArgument ? grpc.details : null;
}

function namespaceMissing({ address, namespace }: TemporalPlace, cause: unknown): AppError {
  const detail = `There is no namespace ${namespace} at ${address}`;
  return new AppError('temporal-namespace-missing', detail, { item: namespace, cause });
}

function grpcErrorIn(error: unknown): { readonly code: number; readonly details: string } | null {
  if (isGrpcServiceError(error)) return { code: error.code, details: error.details };
  return error instanceof Error && error.cause !== undefined ? grpcErrorIn(error.cause) : null;
}

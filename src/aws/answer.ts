import { AppError } from '../domain/errors.ts';

/** What every answer of the SDK carries. */
export interface Answer {
  readonly $metadata: { readonly requestId?: string | undefined };
}

/** The id by which AWS knows a request; empty where the answer has none. */
export function requestIdOf({ $metadata }: Answer): string {
  return $metadata.requestId ?? '';
}

/**
 * The request id of a write that was done. RAM refuses some writes with status 200 and `returnValue: false`, which the
 * SDK takes for a success: throws `aws-returned-false`, and counts the write as unanswered because no document says that
 * nothing was done.
 */
export function requireTrue(
  answer: Answer & { readonly returnValue?: boolean | undefined },
  { operation, item }: { readonly operation: string; readonly item: string },
): { readonly requestId: string } {
  const requestId = requestIdOf(answer);
  if (answer.returnValue !== false) return { requestId };
  throw new AppError('aws-returned-false', `${operation} of ${item} gave returnValue false`, {
    item,
    requestId,
    isUnanswered: true,
  });
}

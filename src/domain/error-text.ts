/** One sentence of any thrown thing, without a stack: of a chain of errors the innermost, which knows the cause. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? errorText(error.cause) : error.message;
}

/**
 * How long an answer asks to wait, in milliseconds, from `x-amz-retry-after` (milliseconds) or `Retry-After` (seconds, or
 * an HTTP date, taken from `nowMs` on). Undefined where neither says anything readable; never negative.
 */
export function retryAfterMs(headers: unknown, nowMs: number): number | undefined {
  const amazon = numberIn(headerOf(headers, 'x-amz-retry-after'));
  if (amazon !== undefined) return amazon;
  const standard = headerOf(headers, 'retry-after');
  const seconds = numberIn(standard);
  if (seconds !== undefined) return Math.round(seconds * 1000);
  const until = standard === undefined ? NaN : Date.parse(standard);
  return Number.isNaN(until) ? undefined : Math.max(0, until - nowMs);
}

function headerOf(headers: unknown, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const value: unknown = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof value === 'string' ? value.trim() : undefined;
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

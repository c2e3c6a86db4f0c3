import type { RateLimit } from './settings.ts';

type Bucket = { tokens: number; filledAt: number };

/** Token buckets, one for each limit, account and Region. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes a token from each bucket that the call falls under; answers the first limit that has none left. */
  exceeded(
    limits: readonly RateLimit[],
    call: { readonly operation: string; readonly account: string; readonly region: string },
    now: number,
  ): RateLimit | undefined {
    return limits
      .filter(({ operation }) => operation === '*' || operation === call.operation)
      .find((limit) => !this.#take(limit, `${limit.operation}/${call.account}/${call.region}`, now));
  }

  clear(): void {
    this.#buckets.clear();
  }

  #take({ ratePerSecond, burst }: RateLimit, key: string, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? { tokens: burst, filledAt: now };
    this.#buckets.set(key, bucket);
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * ratePerSecond);
    bucket.filledAt = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

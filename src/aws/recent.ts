/** Things made on demand and kept by key, of which only the most recently used stay. */
export interface Recent<T> {
  readonly get: (key: string, make: () => T) => T;
}

/** Keeps at most `maxCount` things; what falls out is left to whoever still uses it. */
export function keepRecent<T>(maxCount: number): Recent<T> {
  // A Map lists its keys in the order in which they were set.
  const kept = new Map<string, T>();
  let newest: string | null = null;
  return {
    get: (key, make) => {
      const known = kept.get(key);
      if (known !== undefined && key === newest) return known;
      const thing = known ?? make();
      kept.delete(key);
      kept.set(key, thing);
      newest = key;
      const [oldest] = kept.keys();
      if (kept.size > maxCount && oldest !== undefined) kept.delete(oldest);
      return thing;
    },
  };
}

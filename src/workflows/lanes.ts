/**
 * Maps items, so many at a time, in their order. Where some fail, the first error is thrown once all lanes have ended, so
 * that none of them goes on unseen.
 */
export async function mapInLanes<Item, Result>(
  items: readonly Item[],
  laneCount: number,
  map: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  const waiting = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) results.set(index, await map(item));
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(laneCount, items.length) }, lane));
  const failed = lanes.find((settled) => settled.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return [...results].sort(([left], [right]) => left - right).map(([, result]) => result);
}

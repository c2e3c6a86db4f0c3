/**
 * Maps with at most `laneCount` at a time; the results are in the order of the items. After a failure nothing new starts,
 * and it rejects with the first failure once everything that was started has ended.
 */
export async function mapInLanes<Item, Result>(
  items: readonly Item[],
  laneCount: number,
  map: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  const failures: unknown[] = [];
  const waiting = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      if (failures.length > 0) return;
      try {
        results.set(index, await map(item));
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(laneCount, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return [...results].sort(([left], [right]) => left - right).map(([, result]) => result);
}

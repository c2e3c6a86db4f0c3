/** The known word that somebody probably meant: at most two letters off, or one that begins alike; null where none is. */
export function nearMiss(written: string, known: readonly string[]): string | null {
  const simple = simplified(written);
  const [best] = known
    .map((word) => ({ word, distance: distanceBetween(simple, simplified(word)) }))
    .sort((left, right) => left.distance - right.distance);
  if (best !== undefined && best.distance <= Math.min(2, Math.floor(written.length / 2))) return best.word;
  return known.find((word) => simple.length >= 4 && simplified(word).startsWith(simple)) ?? null;
}

// `max_images`, `max-images` and `maxImages` are one slip of the hand.
function simplified(word: string): string {
  return word.slice(0, 100).toLowerCase().replaceAll(/[-_ ]/g, '');
}

// Levenshtein's distance, row by row.
function distanceBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(left).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(right).entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** One line of the result. */
export interface Figure {
  readonly what: string;
  readonly value: string;
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A number with as many digits as it is worth. */
export function rounded(number: number): string {
  return number >= 100 ? number.toFixed(0) : number.toPrecision(2);
}

/** A share in percent. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

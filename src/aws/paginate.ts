import { AppError } from '../domain/errors.ts';

/** One page of a list, in AWS's own words. */
export interface Page<T> {
  readonly items: readonly T[] | undefined;
  readonly nextToken: string | undefined;
}

/**
 * Reads a list to its end. The token alone tells the end: RAM gives empty pages that have a next one.
 * Throws `aws-unknown` where a token comes back, since such a list never ends.
 */
export async function allPages<T>(
  readPage: (nextToken: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const items: T[] = [];
  const seen = new Set<string>();
  let nextToken: string | undefined;
  do {
    const page = await readPage(nextToken);
    items.push(...(page.items ?? []));
    nextToken = page.nextToken === '' ? undefined : page.nextToken;
    if (nextToken !== undefined && seen.has(nextToken)) {
      throw new AppError('aws-unknown', 'A list of AWS gives the same page token again, so it would never end');
    }
    if (nextToken !== undefined) seen.add(nextToken);
  } while (nextToken !== undefined);
  return items;
}

import { cut, oneLine } from './text.ts';

// Enough to see what it is about; the whole text is in the JSON.
const longestText = 400;

/** Texts of people and of AWS are data: nothing in them may become a link, a tag, a mention or a column. */
export function escaped(text: string): string {
  return cut(oneLine(text), longestText).replace(/[\\`*_[\]<>|#!~&@]/g, '\\$&');
}

/** A link; the plain text where there is no address. The address is one that was made for it. */
export function linked(text: string, url: string | null): string {
  return url === null ? text : `[${text}](<${url.replaceAll(/[<>|\s\\]/g, encodeURIComponent)}>)`;
}

/** The first lines that fit into so many characters, and how many are left. */
export function fitting(
  lines: readonly string[],
  mostCharacters: number,
): { readonly lines: readonly string[]; readonly leftCount: number } {
  let left = mostCharacters;
  const firstBeyond = lines.findIndex((line) => (left -= line.length + 1) < 0);
  const kept = firstBeyond === -1 ? lines : lines.slice(0, firstBeyond);
  return { lines: kept, leftCount: lines.length - kept.length };
}

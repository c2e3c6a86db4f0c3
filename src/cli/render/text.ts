import { stripVTControlCharacters, styleText } from 'node:util';

/** A way to stress a text; `plain` leaves it as it is. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Stresses a text, where the stream shows it. */
export type Paint = (style: Style, text: string) => string;

/** For streams that show colours. */
export const inColour: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** For all other streams. */
export const withoutColour: Paint = (_style, text) => text;

// C0, C1, and the marks that turn the direction of writing: with them a text could forge lines, or hide what it says.
// eslint-disable-next-line no-control-regex -- control characters are what is taken out
const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/** One harmless line of a text that came from people or AWS: escape sequences are taken out, line ends become spaces. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text.replaceAll(/[\r\n\t]+/g, ' '))
    .replaceAll(controls, '')
    .trim();
}

/** The text, cut with an ellipsis to a width. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** `1 image`, `2 images`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Lines of a table with a blank between columns; the last column is not padded. */
export function tableOf(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>(
    (found, row) => row.map((cell, at) => Math.max(found[at] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  '),
  );
}

/** `14 s`, `3 min 5 s`, `2 h 10 min`. */
export function durationText(durationMs: number): string {
  const seconds = Math.round(durationMs / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

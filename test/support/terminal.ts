import type { TextStream } from '../../src/cli/io.ts';

/** A terminal that somebody watches. */
export interface Terminal {
  readonly stream: TextStream;
  /** The lines that it shows now. */
  readonly lines: () => readonly string[];
  /** How often lines were taken away to be drawn anew. */
  readonly eraseCount: () => number;
}

/**
 * A terminal of so many characters a line, which knows what the product writes: lines, up, and away with the rest. A text
 * that is longer takes several lines.
 */
export function aTerminal(width: number): Terminal {
  let lines: string[] = [];
  let row = 0;
  let eraseCount = 0;
  const show = (text: string): void => {
    lines[row] = text.slice(0, width);
    if (text.length <= width) return;
    row += 1;
    show(text.slice(width));
  };
  const obey = (token: string): void => {
    // eslint-disable-next-line no-control-regex -- these are what a terminal obeys
    const [, up] = /^\u001b\[(\d+)A$/.exec(token) ?? [];
    if (up !== undefined) row -= Number(up);
    else if (token === '\u001b[0J') [lines, eraseCount] = [lines.slice(0, row), eraseCount + 1];
    else if (token === '\n') row += 1;
    else show(token);
  };
  const write = (text: string): void => {
    // eslint-disable-next-line no-control-regex -- these are what a terminal obeys
    for (const [token] of text.matchAll(/\u001b\[\d+[A-Z]|\n|[^\n\u001b]+/g)) obey(token);
  };
  return {
    stream: { write, hasColours: false, isLive: true, width },
    lines: () => lines,
    eraseCount: () => eraseCount,
  };
}

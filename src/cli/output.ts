import { errorText } from '../domain/error-text.ts';
import { AppError } from '../domain/errors.ts';
import type { Io, TextStream } from './io.ts';
import type { ShownError } from './render/error.ts';
import { errorDocument, renderError } from './render/error.ts';
import type { Paint } from './render/text.ts';
import { inColour, withoutColour } from './render/text.ts';

/** Where a command's words go: results to stdout, everything else to stderr, and with `--json` nothing but JSON to stdout. */
export interface Output {
  readonly isJson: boolean;
  /** How results may be stressed. */
  readonly paint: Paint;
  /** How everything else may be stressed. */
  readonly paintNotes: Paint;
  /** The result of the command: its lines for people, or the value as JSON. */
  readonly result: (lines: readonly string[], value: unknown) => void;
  /** One value of several, on one line, with `--json`. */
  readonly event: (value: unknown) => void;
  /** Something worth knowing that is not the result. */
  readonly note: (...lines: readonly string[]) => void;
  /** Replaces the lines that this drew last; no lines take them away. Only for a stderr that is live. */
  readonly redraw: (lines: readonly string[]) => void;
  /** What a command ends with instead of a result. */
  readonly error: (error: unknown) => void;
}

/** The output of one run of the command line. */
export function createOutput({ stdout, stderr }: Io, isJson: boolean): Output {
  const redraw = redrawerOf(stderr);
  const paint = paintOf(stdout);
  const paintNotes = paintOf(stderr);
  const write = (stream: TextStream, lines: readonly string[]): void => {
    redraw([]);
    stream.write(lines.map((line) => `${line}\n`).join(''));
  };
  return {
    isJson,
    paint,
    paintNotes,
    result: (lines, value) => write(stdout, isJson ? [jsonText(value, 2)] : lines),
    event: (value) => write(stdout, [jsonText(value, 0)]),
    note: (...lines) => write(stderr, lines),
    redraw,
    error: (error) => {
      const shown = shownError(error);
      // On one line, since it may end the lines of `watch`.
      if (isJson) write(stdout, [jsonText(errorDocument(shown), 0)]);
      else write(stderr, renderError(shown, paintNotes));
    },
  };
}

function paintOf(stream: TextStream): Paint {
  return stream.hasColours ? inColour : withoutColour;
}

function redrawerOf(stream: TextStream): (lines: readonly string[]) => void {
  let drawnCount = 0;
  return (lines) => {
    if (drawnCount === 0 && lines.length === 0) return;
    // Up to the first line drawn, and everything from there on taken away.
    const erase = drawnCount === 0 ? '' : `\u001b[${drawnCount}A\u001b[0J`;
    stream.write(`${erase}${lines.map((line) => `${line}\n`).join('')}`);
    drawnCount = lines.length;
  };
}

// JSON leaves C1 controls as they are; a terminal would obey them.
function jsonText(value: unknown, indent: number): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, indent).replaceAll(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escape);
}

function shownError(error: unknown): ShownError {
  if (error instanceof AppError) return { code: error.code, detail: error.message, context: error.context };
  return { code: 'internal', detail: errorText(error), context: {} };
}

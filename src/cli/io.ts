/** A stream that a command writes text to. */
export interface TextStream {
  readonly write: (text: string) => unknown;
  readonly hasColours: boolean;
  /** True on a terminal that somebody watches: lines may be drawn anew. */
  readonly isLive: boolean;
  /** Characters of a line; Infinity where nobody looks at lines. */
  readonly width: number;
}

/** Everything a command has of the world around it, so that a test can give it another one. */
export interface Io {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Asks whoever sits at the terminal; null where nobody does. */
  readonly ask: ((question: string) => Promise<string>) | null;
  /** Calls back at the first Ctrl-C or SIGTERM, until the returned function is called; the next one ends the process. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Who starts a rollout: `user@host`. */
  readonly who: string;
  readonly taskQueue: string;
  /** Path of the keys that encrypt payloads; null where they are in plain text. */
  readonly codecKeysPath: string | null;
}

import type { Io } from './io.ts';
import type { Output } from './output.ts';

/** One run of the command line, as its commands see it. */
export interface Session {
  readonly io: Io;
  readonly output: Output;
  /** Sets the exit code with which the run ends; 0 where nobody sets one. */
  readonly finish: (exitCode: number) => void;
}

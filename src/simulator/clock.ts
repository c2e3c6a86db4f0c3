/** The time of the simulated world: a source of real time, plus what was skipped. */
export class SimulatorClock {
  readonly #source: () => number;
  #skippedMs = 0;

  constructor(source: () => number) {
    this.#source = source;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#source() + this.#skippedMs;
  }

  /** Jumps ahead; what falls due in between is run by whoever asks next. */
  skip(durationMs: number): void {
    this.#skippedMs += durationMs;
  }
}

import { canonicalJson } from './json.ts';
import type { JsonObject } from './json.ts';

/** Which read it was: reads are the same where all of it is. */
export type ReadKey = {
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly parameters: JsonObject;
};

type Seen<Answer> = { readonly answer: Answer; readonly at: number };

/** The two newest answers of each read that differ, with the instant at which each was given last. */
export class PastAnswers<Answer> {
  readonly #byRead = new Map<string, { readonly latest: Seen<Answer>; readonly previous?: Seen<Answer> }>();

  /** Notes the true answer of a read. */
  note(read: ReadKey, answer: Answer, at: number): void {
    const key = keyOf(read);
    const known = this.#byRead.get(key);
    const latest = { answer, at };
    const previous =
      known !== undefined && canonicalJson(known.latest.answer) === canonicalJson(answer)
        ? known.previous
        : known?.latest;
    this.#byRead.set(key, { latest, ...(previous !== undefined && { previous }) });
  }

  /** What the read was answered before it changed; undefined where that was longer ago than the lag, or never. */
  before(read: ReadKey, at: number, lagMs: number): Answer | undefined {
    const previous = this.#byRead.get(keyOf(read))?.previous;
    return previous !== undefined && at - previous.at <= lagMs ? previous.answer : undefined;
  }
}

function keyOf({ operation, account, region, parameters }: ReadKey): string {
  return canonicalJson([operation, account, region, parameters]);
}

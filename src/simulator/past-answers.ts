import { canonicalJson } from './json.ts';
import type { JsonObject } from './json.ts';

/** Which read it was: reads are the same where all of it is. */
export type ReadKey = {
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly parameters: JsonObject;
};

/** An answer, and when it was last the true one. */
type Seen<Answer> = { readonly answer: Answer; readonly at: number };

/** The true answers of each read, in order, as far as somebody asked; the same one in a row counts once. */
export class PastAnswers<Answer> {
  readonly #byRead = new Map<string, Seen<Answer>[]>();

  /** Notes the true answer of a read. */
  note(read: ReadKey, answer: Answer, at: number): void {
    const key = keyOf(read);
    const seen = this.#byRead.get(key) ?? [];
    const latest = seen.at(-1);
    if (latest !== undefined && canonicalJson(latest.answer) === canonicalJson(answer)) seen.pop();
    this.#byRead.set(key, [...seen, { answer, at }]);
  }

  /** The oldest answer of the read that was true within the lag before an instant; undefined where nobody asked. */
  oldestWithin(lagMs: number, read: ReadKey, at: number): Answer | undefined {
    return this.#byRead.get(keyOf(read))?.find((seen) => at - seen.at <= lagMs)?.answer;
  }
}

function keyOf({ operation, account, region, parameters }: ReadKey): string {
  return canonicalJson([operation, account, region, parameters]);
}

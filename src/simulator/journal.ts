import type { Service } from './operation.ts';
import type { JsonObject } from './json.ts';

/** One call, in the order of arrival. */
export type JournalEntry = {
  readonly seq: number;
  /** Milliseconds since the epoch, in simulated time. */
  readonly at: number;
  readonly service: Service;
  readonly operation: string;
  readonly isWrite: boolean;
  readonly account: string;
  readonly region: string;
  readonly accessKeyId: string;
  /** `other`: what an intervention or an act of somebody else did. */
  readonly actor: 'client' | 'other';
  /** The images that the call is about, also by way of a share, an invitation or a permission. */
  readonly images: readonly string[];
  readonly shareArn?: string;
  readonly clientToken?: string;
  readonly parameters: JsonObject;
  /** What the operation came to; absent where it was not reached. */
  readonly status?: number;
  readonly errorName?: string;
  /** The world was changed by it. */
  readonly effect: boolean;
  /** A write that asked for what was so already, served or refused. */
  readonly alreadyHeld: boolean;
  /** The client was answered. */
  readonly answered: boolean;
  /** The kind of the fault that was injected. */
  readonly fault?: string;
};

/** Every call that was served or refused, in order. */
export class Journal {
  readonly #entries: JournalEntry[] = [];
  readonly #byImage = new Map<string, JournalEntry[]>();

  /** All entries; those of one image cost no scan. */
  entries(image?: string): readonly JournalEntry[] {
    return image === undefined ? this.#entries : (this.#byImage.get(image) ?? []);
  }

  add(entry: Omit<JournalEntry, 'seq'>): JournalEntry {
    const numbered = { seq: this.#entries.length + 1, ...entry };
    this.#entries.push(numbered);
    for (const image of entry.images) {
      const known = this.#byImage.get(image);
      if (known === undefined) this.#byImage.set(image, [numbered]);
      else known.push(numbered);
    }
    return numbered;
  }
}

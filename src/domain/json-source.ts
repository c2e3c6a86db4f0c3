/** A place in a text; both numbers start at 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a JSON text, and where. */
export interface JsonProblem {
  readonly message: string;
  readonly place: TextPlace;
}

/** A JSON text that was read. */
export interface JsonSource {
  readonly value: unknown;
  /** Where the value of a path stands; for a path that is not in the text, where the nearest value around it stands. */
  readonly placeOf: (path: readonly (string | number)[]) => TextPlace;
  /** Names that stand twice in one object; the later one wins, which a person seldom means. */
  readonly repeatedNames: readonly JsonProblem[];
}

// A policy nests about six deep; a text that nests by the thousand would end the call stack.
const deepest = 64;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex -- JSON forbids exactly these characters in a text.
const stringPattern = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const literals = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/** The line and column of an offset. */
export function placeAt(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

/**
 * Reads a JSON text strictly (RFC 8259) and remembers where its values stand. Unlike `JSON.parse`, whose messages name
 * a place for some errors only, it names one for each.
 */
export function readJson(text: string): JsonSource | JsonProblem {
  const reader = new JsonReader(text);
  try {
    const value = reader.document();
    const placeOf = (path: readonly (string | number)[]) => placeAt(text, reader.offsetOf(path));
    return { value, placeOf, repeatedNames: reader.repeatedNames };
  } catch (error) {
    if (error instanceof SyntaxFault) return { message: error.message, place: placeAt(text, error.offset) };
    throw error;
  }
}

class SyntaxFault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

class JsonReader {
  readonly repeatedNames: JsonProblem[] = [];
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#fault(`${this.#seen()} stands after the end of the document`);
    return value;
  }

  offsetOf(path: readonly (string | number)[]): number {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = this.#offsets.get(JSON.stringify(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return this.#offsets.get('[]') ?? 0;
  }

  #value(): unknown {
    this.#skipSpace();
    if (this.#path.length > deepest) throw this.#fault(`Values are nested more than ${deepest} deep`);
    this.#offsets.set(JSON.stringify(this.#path), this.#at);
    const first = this.#text[this.#at];
    if (first === '{') return this.#object();
    if (first === '[') return this.#array();
    return first === '"' ? this.#string() : this.#scalar();
  }

  #object(): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    this.#members('}', () => {
      this.#skipSpace();
      const nameOffset = this.#at;
      if (this.#text[this.#at] !== '"') throw this.#fault(`A name in double quotes is missing before ${this.#seen()}`);
      const name = this.#string();
      this.#skipSpace();
      if (!this.#take(':')) throw this.#fault(`":" is missing after the name "${name}"`);
      if (entries.has(name)) {
        const place = placeAt(this.#text, nameOffset);
        this.repeatedNames.push({ message: `"${name}" stands twice in the same object`, place });
      }
      entries.set(name, this.#inside(name));
    });
    return Object.fromEntries(entries);
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    this.#members(']', () => items.push(this.#inside(items.length)));
    return items;
  }

  #members(end: '}' | ']', readMember: () => void): void {
    this.#at += 1;
    this.#skipSpace();
    if (this.#take(end)) return;
    do readMember();
    while (this.#takeComma(end));
  }

  #takeComma(end: '}' | ']'): boolean {
    this.#skipSpace();
    if (this.#take(end)) return false;
    if (!this.#take(',')) throw this.#fault(`"," or "${end}" is missing before ${this.#seen()}`);
    return true;
  }

  #inside(key: string | number): unknown {
    this.#path.push(key);
    const value = this.#value();
    this.#path.pop();
    return value;
  }

  #string(): string {
    const found = this.#match(stringPattern);
    if (found === null) throw this.#fault('A text does not end, or holds a control character or an unknown escape');
    return String(JSON.parse(found));
  }

  #scalar(): unknown {
    for (const [word, value] of literals) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    const number = this.#match(numberPattern);
    if (number === null) throw this.#fault(`A value is missing before ${this.#seen()}`);
    return Number(number);
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    this.#match(/[ \t\r\n]+/y);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #seen(): string {
    const [character] = this.#text.slice(this.#at);
    return character === undefined ? 'the end of the text' : JSON.stringify(character);
  }

  #fault(message: string): SyntaxFault {
    return new SyntaxFault(message, this.#at);
  }
}

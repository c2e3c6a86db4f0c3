import type { Alias, Document, Node, Pair, Scalar } from 'yaml';
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { TextPlace } from '../domain/json-source.ts';

/** A way into a document. */
export type YamlPath = readonly (string | number)[];

/** Something that is wrong with a YAML text itself. */
export interface YamlProblem {
  readonly message: string;
  readonly fix: string;
  readonly place: TextPlace;
}

/** A YAML or JSON text that was read, so far as it could be read. */
export interface YamlSource {
  /** Plain values: keys are texts as they were written. Undefined for an empty text. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /** Where a value stands; for a path that is not in the text, where the nearest value around it stands. */
  readonly placeOf: (path: YamlPath) => TextPlace;
  /** The same for the key of a value. */
  readonly keyPlaceOf: (path: YamlPath) => TextPlace;
  /** A scalar as it was written, without quotes; null where none stands there. */
  readonly writtenAt: (path: YamlPath) => string | null;
}

interface Spot {
  readonly valueOffset: number;
  readonly keyOffset: number;
  readonly written: string | null;
}

// A few kilobytes of nested aliases stand for gigabytes; no manifest comes near this.
const mostNodes = 50_000;
const deepest = 64;

/** Reads a YAML or JSON text and remembers where its values stand. Never throws. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: isSameKey });
  const placeAt = (offset: number): TextPlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const walk = new Walk(document);
  const value = document.contents === null ? undefined : walk.valueOf(document.contents, [], 0);
  const faults = [
    ...[...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
      ...said(code, message),
      offset: pos[0],
    })),
    ...walk.faults,
  ];
  return {
    value,
    problems: firstAtEach(faults).map(({ message, fix, offset }) => ({ message, fix, place: placeAt(offset) })),
    placeOf: (path) => placeAt(walk.nearest(path).valueOffset),
    keyPlaceOf: (path) => placeAt(walk.nearest(path).keyOffset),
    writtenAt: (path) => walk.exactly(path)?.written ?? null,
  };
}

interface Fault {
  readonly message: string;
  readonly fix: string;
  readonly offset: number;
}

class Walk {
  readonly faults: Fault[] = [];
  readonly #document: Document.Parsed;
  readonly #spots = new Map<string, Spot>();
  #nodeCount = 0;

  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  exactly(path: YamlPath): Spot | undefined {
    return this.#spots.get(JSON.stringify(path));
  }

  nearest(path: YamlPath): Spot {
    for (let length = path.length; length >= 0; length -= 1) {
      const spot = this.exactly(path.slice(0, length));
      if (spot !== undefined) return spot;
    }
    return { valueOffset: 0, keyOffset: 0, written: null };
  }

  valueOf(node: unknown, path: YamlPath, keyOffset: number): unknown {
    const valueOffset = offsetOf(node) ?? keyOffset;
    const written = isScalar(node) ? writtenOf(node) : null;
    this.#spots.set(JSON.stringify(path), { valueOffset, keyOffset, written });
    if (this.#isTooMuch(path, valueOffset)) return null;
    if (isAlias(node)) return this.#aliased(node, path, valueOffset);
    if (isMap(node)) return Object.fromEntries(node.items.map((pair) => this.#entry(pair, path)));
    if (isSeq(node)) return node.items.map((item, index) => this.#item(item, [...path, index], valueOffset));
    return isScalar(node) ? node.value : null;
  }

  #aliased(alias: Alias, path: YamlPath, offset: number): unknown {
    const target = alias.resolve(this.#document);
    if (target !== undefined) return this.valueOf(target, path, offset);
    this.faults.push({
      message: `*${alias.source} stands for nothing`,
      fix: `Mark a value as &${alias.source} before it.`,
      offset,
    });
    return null;
  }

  #entry({ key, value }: Pair, path: YamlPath): readonly [string, unknown] {
    const keyOffset = offsetOf(key) ?? 0;
    if (!isScalar(key)) {
      this.faults.push({ message: 'A key is not a text', fix: 'Write "key: value".', offset: keyOffset });
      return ['', null];
    }
    const name = writtenOf(key);
    if (name === '__proto__') {
      // An object of JavaScript has it always, so what stands there would be lost on the way.
      this.faults.push({ message: 'A key is called __proto__', fix: 'Take it out.', offset: keyOffset });
    }
    return [name, this.valueOf(value, [...path, name], keyOffset)];
  }

  #item(item: unknown, path: YamlPath, listOffset: number): unknown {
    if (isPair(item)) return Object.fromEntries([this.#entry(item, path)]);
    return this.valueOf(item, path, offsetOf(item) ?? listOffset);
  }

  #isTooMuch(path: YamlPath, offset: number): boolean {
    this.#nodeCount += 1;
    if (this.#nodeCount === mostNodes) {
      const fix = 'Split it, and write out what aliases (*name) stand for.';
      this.faults.push({ message: `The text stands for more than ${mostNodes} values`, fix, offset });
    }
    if (path.length === deepest && this.#nodeCount < mostNodes) {
      this.faults.push({ message: `Values are nested ${deepest} deep`, fix: 'Make it flatter.', offset });
    }
    return this.#nodeCount >= mostNodes || path.length >= deepest;
  }
}

// One slip makes the parser complain again and again at the same place.
function firstAtEach(faults: readonly Fault[]): readonly Fault[] {
  return [...new Map(faults.toReversed().map((fault) => [fault.offset, fault])).values()].reverse();
}

function said(code: string, message: string): { readonly message: string; readonly fix: string } {
  switch (code) {
    case 'DUPLICATE_KEY':
      return { message: 'The key stands twice in the same place', fix: 'Take one of the two out.' };
    case 'MULTIPLE_DOCS':
      return { message: 'The file holds several documents', fix: 'Make a file of each; take the second "---" out.' };
    case 'TAB_AS_INDENT':
      return { message: 'A tab indents a line', fix: 'Indent by spaces.' };
    case 'RESOURCE_EXHAUSTION':
      return { message: 'Values are nested too deep', fix: 'Make it flatter.' };
    default:
      return {
        message: `The YAML syntax is wrong here: ${message}`,
        fix: 'Mend the syntax; texts with : # { [ * & ! @ need quotes.',
      };
  }
}

// By what is written: 222222222222 and '222222222222' are two keys to YAML and one to us, and one of them would be lost.
function isSameKey(left: unknown, right: unknown): boolean {
  return isScalar(left) && isScalar(right) && writtenOf(left) === writtenOf(right);
}

function writtenOf(scalar: Scalar): string {
  return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value));
}

function offsetOf(node: unknown): number | null {
  const range = isNode(node) ? node.range : null;
  return range?.[0] ?? null;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

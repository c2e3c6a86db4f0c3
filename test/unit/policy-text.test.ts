import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../src/domain/glob.ts';
import { placeAt, readJson } from '../../src/domain/json-source.ts';
import { defaultTiming, durationMs, durationText } from '../../src/domain/timing.ts';

describe('a JSON text', () => {
  it('is read as JSON.parse reads it', () => {
    const isSame = fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 4 }), (value, indent) => {
      const text = JSON.stringify(value, null, indent);

      expect(readJson(text)).toMatchObject({ value: JSON.parse(text) as unknown });
    });

    fc.assert(isSame);
  });

  it('is refused where JSON.parse refuses it', () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', 'x', '\n', '0', '\\', ':'))
      .map(
        ([json, at, piece]) =>
          `${json.slice(0, at % (json.length + 1))}${piece}${json.slice((at % (json.length + 1)) + 1)}`,
      );
    const isSame = fc.property(fc.oneof(fc.string(), broken), (text) => {
      expect('value' in readJson(text)).toBe(isJson(text));
    });

    fc.assert(isSame, { numRuns: 1000 });
  });

  it('knows where its values stand, or the nearest value around', () => {
    const source = readJson('{\n  "a": [1,\n    {"b": 2}]\n}');
    const places = [[], ['a'], ['a', 1, 'b'], ['a', 7], ['z']].map((path) =>
      'value' in source ? source.placeOf(path) : null,
    );

    expect(places.map((place) => `${String(place?.line)}:${String(place?.column)}`)).toEqual([
      '1:1',
      '2:8',
      '3:11',
      '2:8',
      '1:1',
    ]);
  });

  it('names what stands twice', () => {
    const source = readJson('{"a": 1,\n "a": 2}');

    expect(source).toMatchObject({ value: { a: 2 }, repeatedNames: [{ place: { line: 2, column: 2 } }] });
  });

  it.each([
    ['', '1:1', 'before the end of the text'],
    ['{"a" 1}', '1:6', '":" is missing'],
    ['{\n"a": 1\n"b": 2}', '3:1', '"," or "}" is missing before "\\""'],
    ["{'a': 1}", '1:2', 'A name in double quotes'],
    ['{"a": "x\ty"}', '1:7', 'control character'],
    ['{"a": tru}', '1:7', 'A value is missing'],
    ['{} {}', '1:4', 'after the end'],
    ['['.repeat(100), '1:66', 'more than 64 deep'],
  ])('%j is wrong at %s: %s', (text, at, message) => {
    const problem = readJson(text);
    const { line, column } = 'message' in problem ? problem.place : { line: 0, column: 0 };

    expect(`${String(line)}:${String(column)}`).toBe(at);
    expect(problem).toMatchObject({ message: expect.stringContaining(message) as unknown });
  });

  it('has places from 1 on', () => {
    expect(placeAt('', 0)).toEqual({ line: 1, column: 1 });
    expect(placeAt('a\nb', 2)).toEqual({ line: 2, column: 1 });
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a pattern', () => {
  it.each([
    ['*', '', true],
    ['*', 'a/b:c', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abcb', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['', '', true],
    ['', 'a', false],
    ['a', 'A', false],
    ['.*', 'abc', false],
    ['a**', 'a', true],
  ])('%s covers "%s": %s', (pattern, text, covers) => {
    expect(matchesGlob(pattern, text)).toBe(covers);
  });

  it('covers what a regular expression of it covers', () => {
    const isSame = fc.property(
      fc.stringMatching(/^[ab*?]{0,8}$/),
      fc.stringMatching(/^[ab]{0,8}$/),
      (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);

        expect(matchesGlob(pattern, text)).toBe(expression.test(text));
      },
    );

    fc.assert(isSame, { numRuns: 1000 });
  });

  it('made of stars alone does not hang on a long text', () => {
    expect(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(10_000))).toBe(false);
  });
});

describe('a duration', () => {
  it.each([
    ['0ms', 0],
    ['15s', 15_000],
    ['10m', 600_000],
    ['4h', 14_400_000],
    ['1d', 86_400_000],
  ])('of %s has %d ms, and is written so', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
    expect(durationText(ms)).toBe(text);
  });

  it.each(['', '5', 's', '5 s', '1.5h', '-1s', '5S', '1h30m', '9999999999s'])('is not "%s"', (text) => {
    expect(durationMs(text)).toBeNull();
  });

  it('is read as it was written', () => {
    const isSame = fc.property(fc.nat({ max: 10 ** 8 }), (ms) => {
      expect(durationMs(durationText(ms))).toBe(ms);
    });

    fc.assert(isSame);
  });

  it('of a step is within that of the undo', () => {
    const { restoreTimeoutMs, ...others } = defaultTiming;

    expect(Math.max(...Object.values(others))).toBeLessThan(restoreTimeoutMs);
  });
});

import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

const folder = new URL('.', import.meta.url);

it('has a test for each sentence of the contract, and no other', () => {
  const contract = readFileSync(new URL('../../docs/simulator.md', folder), 'utf8');
  const tests = readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n');

  const sentences = numbersIn(contract, /^- (\d+\.\d+) /gm);
  const tested = numbersIn(tests, /^\s*(?:it\(|'|\)?\]?.*\)\(\s*)['"]?(\d+\.\d+) /gm);

  expect(sentences.size).toBeGreaterThan(90);
  expect([...tested].sort()).toEqual([...sentences].sort());
});

function numbersIn(text: string, pattern: RegExp): ReadonlySet<string> {
  return new Set([...text.matchAll(pattern)].map(([, number = '']) => number));
}

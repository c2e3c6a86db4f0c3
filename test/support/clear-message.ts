import { expect } from 'vitest';
import type { CapturedRun } from './captured-io.ts';

// eslint-disable-next-line no-control-regex -- these are what must not be there
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

/**
 * Expects what a person can read and no terminal obeys: one error with its code, its cause and what to do, the words
 * that name the item, and nothing of the inside.
 */
export function expectOneClearMessage({ stderr }: CapturedRun, code: string, says: readonly string[]): void {
  const errors = stderr.split('\n').filter((line) => /^error\[/.test(line));
  expect(errors.map((line) => line.split(':')[0])).toEqual([`error[${code}]`]);
  expect(stderr).toMatch(/\n {2}what happened: .+\n/);
  expect(stderr).toMatch(/\n {2}what to do: .+\n$/);
  expect(says.filter((words) => !stderr.includes(words))).toEqual([]);
  expectNothingOfTheInside(stderr);
}

/** Expects a text without stack traces, values that are none, and characters that a terminal obeys. */
export function expectNothingOfTheInside(text: string): void {
  expect(text).not.toMatch(/\n\s+at |node:internal|undefined|\[object|Error:/);
  expect(text).not.toMatch(controls);
}

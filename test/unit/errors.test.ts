import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedPages } from '../../scripts/docs/pages.ts';
import { AppError, errorCodes, isErrorCode } from '../../src/domain/errors.ts';

const entries = Object.entries(errorCodes);

describe('the registry of errors', () => {
  it.each(entries)('says of %s what happened and what to do', (code, { title, hint }) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(hint).toMatch(/^[A-Z].*\.$/);
  });

  it('has only exit codes that the command line knows', () => {
    expect(new Set(entries.map(([, { exitCode }]) => exitCode))).toEqual(new Set([1, 3, 4, 5, 6, 7, 64, 65, 66, 69]));
  });

  it('repeats nothing that a person has to mend', () => {
    const repeated = entries.filter(
      ([, { fault, retry }]) => ['input', 'person', 'internal'].includes(fault) && retry !== 'never',
    );

    expect(repeated).toEqual([]);
  });

  it('has a title for each code alone', () => {
    expect(new Set(entries.map(([, { title }]) => title)).size).toBe(entries.length);
  });

  it.each(['policy-invalid', 'cancelled'])('knows %s', (text) => {
    expect(isErrorCode(text)).toBe(true);
  });

  it.each(['', 'constructor', 'toString', '__proto__', 'Policy-Invalid'])('does not know "%s"', (text) => {
    expect(isErrorCode(text)).toBe(false);
  });
});

describe('an error', () => {
  it('carries its code, its sentence and its cause', () => {
    const cause = new Error('socket hang up');
    const error = new AppError('aws-unavailable', 'GetImage of web', { item: 'web', cause });

    expect(error).toMatchObject({ name: 'AppError', code: 'aws-unavailable', message: 'GetImage of web', cause });
    expect(error.context.item).toBe('web');
  });

  it('has no cause where none is given', () => {
    expect('cause' in new AppError('internal', 'x')).toBe(false);
  });
});

it('the generated pages are what the code says', async () => {
  const pages = await generatedPages();
  const written = pages.map(({ file }) => readFileSync(file, 'utf8'));

  expect(written).toEqual(pages.map(({ text }) => text));
});

it('the page of errors names every code', async () => {
  const [page] = await generatedPages();

  expect(entries.filter(([code]) => page?.text.includes(`\`${code}\``) !== true)).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { rolloutInput } from '../../src/contracts/input-shapes.ts';
import { anImageSet } from '../../src/contracts/value-shapes.ts';
import {
  aCount,
  aFlag,
  aListOf,
  anObject,
  aNumberIn,
  anyOf,
  aRecordOf,
  aText,
  aTime,
  oneOf,
  orNull,
} from '../../src/domain/shape.ts';
import { rigImage, rigOrigin, rigSpec } from '../support/rig-images.ts';

const person = anObject({ name: aText(5), tags: aListOf(aText()) }, { age: aCount(1) });

describe('a shape', () => {
  it.each<[string, unknown]>([
    ['all that has to be there', { name: 'ann', tags: [] }],
    ['more than is known, from whoever is newer', { name: 'ann', tags: ['a'], age: 1, shoe: 42 }],
  ])('takes %s', (_what, value) => {
    expect(person(value, '')).toBeNull();
  });

  it.each<[unknown, string]>([
    [undefined, 'the value must be an object'],
    [null, 'the value must be an object'],
    [[], 'the value must be an object'],
    [{ tags: [] }, 'name is missing'],
    [{ name: 'annette', tags: [] }, 'name must be a text of at most 5 characters'],
    [{ name: 'ann', tags: {} }, 'tags must be a list'],
    [{ name: 'ann', tags: ['a', 1] }, 'tags[1] must be a text'],
    [{ name: 'ann', tags: [], age: 0 }, 'age must be a whole number, 1 or more'],
    [{ name: 'ann', tags: [], age: Number.NaN }, 'age must be a whole number, 1 or more'],
  ])('says what is wrong with %j', (value, problem) => {
    expect(person(value, '')).toBe(problem);
  });

  it('says the same of what is within others', () => {
    expect(aRecordOf(aFlag, ['on'])({ on: 1 }, 'a')).toBe('a.on must be true or false');
    expect(aRecordOf(aFlag, ['on'])({ off: true }, 'a')).toBe('a.off is not known');
    expect(aListOf(aFlag, 1)([], 'a')).toBe('a must be a list, not empty');
    expect(anyOf(aFlag, aText())(1, 'a')).toBe('a must be a text');
    expect(orNull(oneOf('b', 'c'))('d', 'a')).toBe('a must be one of b, c');
    expect(orNull(aTime)(null, 'a')).toBeNull();
    expect(aTime('soon', 'a')).toBe('a must be a time in ISO format');
    expect(aNumberIn(1, 2)(3, 'a')).toBe('a must be a number from 1 to 2');
  });
});

it('a set of images names builds of accounts and Regions alone', () => {
  expect(anImageSet({ '111111111111/us-east-1': { constructor: ['1.0.0/1'] } }, 'images')).toBeNull();
  expect(anImageSet({ '111111111111/us-east-1': { web: ['1.0.0'] } }, 'images')).toBe(
    'images.111111111111/us-east-1.web[0] must be a version with its build',
  );
  expect(anImageSet({ nowhere: { web: ['1.0.0/1'] } }, 'images')).toBe(
    'images.nowhere.web must name images of an account and Region',
  );
});

it('the input of a rollout is one with all that it needs', () => {
  const input = { spec: rigSpec('shaped', [rigImage('web')]), origin: rigOrigin };

  expect(rolloutInput(input, '')).toBeNull();
  expect(rolloutInput({ ...input, spec: { ...input.spec, strategy: { ...input.spec.strategy, waves: [] } } }, '')).toBe(
    'spec.strategy.waves must be a list, not empty',
  );
});

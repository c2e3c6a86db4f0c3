import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatImageArn, imageArnParts } from '../../src/domain/arn.ts';
import type { BuildFilter, ListedBuild } from '../../src/domain/selection.ts';
import {
  chosenImages,
  isOneVersion,
  missingTag,
  repeatsText,
  selectedBuilds,
  versionPattern,
  versionsToList,
} from '../../src/domain/selection.ts';

const nowMs = 1_000_000;
const all: BuildFilter = { name: '*', version: 'all', build: 'all', minAgeMs: 0, tags: {} };

function aBuild(build: number, change: Partial<Omit<ListedBuild, 'image'>> = {}): ListedBuild {
  const parts = { partition: 'aws', region: 'us-east-1', account: '111111111111', name: 'web', version: '1.0.0' };
  return {
    image: formatImageArn({ ...parts, build: String(build) }),
    status: 'AVAILABLE',
    createdAtMs: 0,
    tags: {},
    ...change,
  };
}

function buildsOf(filter: Partial<BuildFilter>, builds: readonly ListedBuild[]): readonly string[] {
  return selectedBuilds({ ...all, ...filter }, builds, nowMs).map((image) => imageArnParts(image).build);
}

describe('the versions of a selection', () => {
  const versions = ['1.9.0', '1.10.0', '2.0.1', '1.10.2', '0.9.9'];

  it.each([
    ['latest', ['2.0.1', '1.10.2', '1.10.0', '1.9.0', '0.9.9']],
    ['all', ['2.0.1', '1.10.2', '1.10.0', '1.9.0', '0.9.9']],
    ['x.x.x', ['2.0.1', '1.10.2', '1.10.0', '1.9.0', '0.9.9']],
    ['1.x.x', ['1.10.2', '1.10.0', '1.9.0']],
    ['1.10.x', ['1.10.2', '1.10.0']],
    ['1.9.0', ['1.9.0']],
    ['3.x.x', []],
  ])('%s are %j, by number and the highest first', (version, expected) => {
    expect(versionsToList({ version }, versions)).toEqual(expected);
  });

  it('are one unless all are wanted', () => {
    expect(['latest', '1.x.x', 'all'].map((version) => isOneVersion({ version }))).toEqual([true, true, false]);
  });

  it.each(['1.x', 'x.1.0', '1.x.3', 'newest', '', '1.2.3.4', '-1.0.0'])('are not named by "%s"', (text) => {
    expect(versionPattern.test(text)).toBe(false);
  });

  it('are in the order of their numbers', () => {
    const number = fc.nat(20);
    const version = fc.tuple(number, number, number);
    const holds = fc.property(fc.uniqueArray(version, { selector: (one) => one.join('.') }), (given) => {
      const listed = versionsToList(
        all,
        given.map((one) => one.join('.')),
      );
      const weights = listed.map((one) => one.split('.').reduce((sum, part) => sum * 100 + Number(part), 0));

      expect(weights).toEqual(weights.toSorted((left, right) => right - left));
      expect(listed).toHaveLength(given.length);
    });

    fc.assert(holds);
  });
});

describe('the builds of a selection', () => {
  it('are AVAILABLE, old enough, and have every tag', () => {
    const builds = [
      aBuild(1),
      aBuild(2, { tags: { tested: 'true', more: '' } }),
      aBuild(3, { tags: { tested: 'false' } }),
      aBuild(4, { tags: { tested: 'true' }, createdAtMs: nowMs - 99 }),
      aBuild(5, { tags: { tested: 'true' }, createdAtMs: null }),
      aBuild(6, { tags: { tested: 'true' }, status: 'DEPRECATED' }),
      aBuild(7, { tags: { tested: 'true' }, createdAtMs: nowMs - 100 }),
    ];

    expect(buildsOf({ minAgeMs: 100, tags: { tested: 'true' } }, builds)).toEqual(['2', '7']);
    expect(buildsOf({ tags: { tested: 'true' } }, builds)).toEqual(['2', '4', '5', '7']);
  });

  it('are the highest by number where the latest is wanted, after all filters', () => {
    const builds = [aBuild(9), aBuild(10), aBuild(11, { status: 'FAILED' }), aBuild(2)];

    expect(buildsOf({ build: 'latest' }, builds)).toEqual(['10']);
    expect(buildsOf({ build: 'latest' }, [])).toEqual([]);
  });

  it('lack a tag that is missing, has another value, or is inherited by every object', () => {
    expect(missingTag({ a: 'b' }, { a: 'b' })).toBeNull();
    expect(missingTag({ a: 'c' }, { a: 'b' })).toBe('a=b');
    expect(missingTag({}, { constructor: 'b' })).toBe('constructor=b');
  });
});

describe('the images of a rollout', () => {
  const [one, two, three] = [aBuild(1).image, aBuild(2).image, aBuild(3).image];

  it('are those that are named, then those that were found and are not left out, each once', () => {
    const { images } = chosenImages([two], [three, two, one, three], ['*:image/web/1.0.0/1']);

    expect(images).toEqual([two, three]);
  });

  it('are counted where they were named or found again, and not where they are left out', () => {
    const { repeats } = chosenImages([two], [three, two, one, three, one], ['*:image/web/1.0.0/1']);

    expect(repeats).toEqual({ count: 2, of: 4, first: two });
    expect(repeats === null ? '' : repeatsText(repeats)).toBe(
      `2 of 4 images are named or found again, the first is ${two}; each is taken once`,
    );
  });

  it('are not spoken of where each was named or found once', () => {
    expect(chosenImages([one], [two], []).repeats).toBeNull();
  });
});

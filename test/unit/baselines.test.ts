import { describe, expect, it } from 'vitest';
import { baselineChunks, chunkOf } from '../../src/client/baseline-chunks.ts';
import { checkBaselines } from '../../src/config/baselines-file.ts';
import type { BaselinesContent, KeptBaseline } from '../../src/contracts/baselines.ts';
import { AppError } from '../../src/domain/errors.ts';
import { sha256 } from '../../src/sha256.ts';
import { rigImage, rigSpec } from '../support/rig-images.ts';

function kept(name: string, policy: string | null = null): KeptBaseline {
  const grants = [{ principal: '222222222222', action: 'imagebuilder:GetImage' }];
  return { imageArn: rigImage(name), baseline: { policy, grants, shares: [] }, grantsSha256After: sha256('') };
}

function aContent(images: readonly unknown[] = [kept('web')]) {
  const spec = rigSpec('golden', [rigImage('web')]);
  const since = '2026-11-24T07:00:00.000Z';
  return { formatVersion: 1, kind: 'policy-rollout-baselines', rolloutName: 'golden', runId: 'r', since, spec, images };
}

function textOf(content: Omit<BaselinesContent, 'images' | 'kind' | 'formatVersion'>): string {
  return JSON.stringify({ ...content, baselinesSha256: sha256(JSON.stringify(content)) });
}

function problemsIn(text: string, rolloutName = 'golden'): readonly string[] {
  try {
    checkBaselines('b.json', text, rolloutName);
    return [];
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'baselines-invalid') throw error;
    return (error.context.problems ?? []).map(({ message }) => message);
  }
}

describe('a file of baselines', () => {
  it('is taken as it was made', () => {
    expect(checkBaselines('b.json', textOf(aContent()), 'golden')).toMatchObject({ images: [kept('web')] });
  });

  it('is refused with all problems at once', () => {
    const broken = { ...kept('web'), grantsSha256After: 'x', more: 1 };
    const content = { ...aContent([kept('api'), broken, kept('api')]), since: 'yesterday' };

    expect(problemsIn(textOf(content))).toEqual([
      expect.stringMatching(/^since /),
      expect.stringMatching(/^images\[1\]\.grantsSha256After is not a SHA-256/),
      expect.stringMatching(/^images\[1\] .*more/),
      'images[2].imageArn names an image twice',
    ]);
  });

  it.each<[string, string, RegExp]>([
    ['is no JSON', '{', /is not JSON/],
    ['was edited', textOf(aContent()).replace('"runId":"r"', '"runId":"q"'), /was changed since it was made/],
    [
      'was given a key that objects inherit',
      textOf(aContent()).replace('"spec":{', '"spec":{"__proto__":{},'),
      /was changed/,
    ],
    [
      'has another policy',
      textOf({ ...aContent(), spec: { ...aContent().spec, policyTemplate: '{}' } }),
      /policySha256/,
    ],
  ])('is refused where it %s', (_, text, why) => {
    expect(problemsIn(text)).toEqual([expect.stringMatching(why)]);
  });

  it('is refused where it is of another rollout', () => {
    expect(problemsIn(textOf(aContent()), 'silver')).toEqual(['The file is of the rollout golden, not of silver']);
  });
});

describe('baselines on their way to the activities', () => {
  it('are in chunks that fit into payloads, each where its ARN says', () => {
    const all = Array.from({ length: 200 }, (_, index) => kept(`web-${index}`, 'x'.repeat(30_000)));

    const chunks = baselineChunks(all);

    const misplaced = chunks.flatMap((chunk, index) =>
      chunk.filter(({ imageArn }) => chunkOf(imageArn, chunks.length) !== index),
    );
    expect(chunks.flat()).toHaveLength(200);
    expect(misplaced).toEqual([]);
    expect(Math.max(...chunks.map((chunk) => JSON.stringify(chunk).length))).toBeLessThanOrEqual(1_000_100);
    expect(chunks.length).toBeLessThan(20);
  });

  it('are refused where one alone is too large', () => {
    expect(() => baselineChunks([kept('web', 'x'.repeat(1_000_001))])).toThrow(
      expect.objectContaining({ code: 'payload-too-large' }),
    );
  });
});

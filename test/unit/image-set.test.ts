import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImageArn } from '../../src/domain/arn.ts';
import { compactImageSet, imageCount, imagesOf, partitionOf } from '../../src/domain/image-set.ts';
import { anyImage } from '../support/any-image.ts';

const web = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1');
const china = parseImageArn('arn:aws-cn:imagebuilder:cn-north-1:111111111111:image/web/1.0.0/1');

describe('a compact image set', () => {
  it('reads well', () => {
    const newer = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.1/3');

    expect(compactImageSet([web, newer, china])).toEqual({
      '111111111111/us-east-1': { web: ['1.0.0/1', '1.0.1/3'] },
      'aws-cn/111111111111/cn-north-1': { web: ['1.0.0/1'] },
    });
  });

  it('holds each image once, and is the same after a journey as JSON', () => {
    const isKept = fc.property(fc.array(anyImage, { maxLength: 30 }), (images) => {
      const set = compactImageSet([...images, ...images]);
      const text = JSON.stringify(set);
      const unique = new Set<string>(images);

      expect(imagesOf(set)).toHaveLength(unique.size);
      expect(new Set<string>(imagesOf(set))).toEqual(unique);
      expect(imageCount(set)).toBe(unique.size);
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
    });

    fc.assert(isKept);
  });

  it('keeps the order in which images of one name were packed', () => {
    const builds = ['1.0.0/2', '1.0.0/1', '0.9.0/7'];
    const images = builds.map((build) =>
      parseImageArn(`arn:aws:imagebuilder:us-east-1:111111111111:image/web/${build}`),
    );

    expect(imagesOf(compactImageSet(images))).toEqual(images);
  });

  it('takes about ten bytes an image', () => {
    const images = Array.from({ length: 1000 }, (_, index) =>
      parseImageArn(`arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.${String(index)}/1`),
    );

    expect(JSON.stringify(compactImageSet(images)).length).toBeLessThan(12_000);
  });
});

it('a partition is an account and a Region, and says where it is not of the common partition', () => {
  expect(partitionOf(web)).toBe('111111111111/us-east-1');
  expect(partitionOf(china)).toBe('aws-cn/111111111111/cn-north-1');
});

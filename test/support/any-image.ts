import fc from 'fast-check';
import type { ImageArn, ImageArnParts } from '../../src/domain/arn.ts';
import { formatImageArn } from '../../src/domain/arn.ts';

const version = fc
  .tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 }), fc.nat({ max: 20 }))
  .map((numbers) => numbers.join('.'));

/** Any parts of an image ARN, with names that are also names of JavaScript's own. */
export const anyImageParts: fc.Arbitrary<ImageArnParts> = fc.record({
  partition: fc.constantFrom('aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b'),
  region: fc.constantFrom('us-east-1', 'eu-west-1', 'cn-north-1'),
  account: fc.stringMatching(/^\d{12}$/),
  name: fc.oneof(fc.stringMatching(/^[a-z0-9_-]{1,12}$/), fc.constantFrom('constructor', '__proto__', '0')),
  version,
  build: fc.nat({ max: 200 }).map(String),
});

/** Any image. */
export const anyImage: fc.Arbitrary<ImageArn> = anyImageParts.map(formatImageArn);

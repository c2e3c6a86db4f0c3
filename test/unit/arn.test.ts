import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatImageArn, imageArnParts, imageLabel, isImageArn, parseImageArn } from '../../src/domain/arn.ts';
import { anyImageParts } from '../support/any-image.ts';

const web = 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1';

describe('an image ARN', () => {
  it.each([
    web,
    'arn:aws-cn:imagebuilder:cn-north-1:111111111111:image/web/1.0.0/1',
    'arn:aws-us-gov:imagebuilder:us-gov-west-1:111111111111:image/web/1.0.0/1',
    'arn:aws-iso:imagebuilder:us-iso-east-1:111111111111:image/web/1.0.0/1',
    'arn:aws-iso-b:imagebuilder:us-isob-east-1:111111111111:image/web/1.0.0/1',
    'arn:aws-eusc:imagebuilder:eusc-de-east-1:111111111111:image/web/1.0.0/1',
    'arn:aws:imagebuilder:us-east-1:111111111111:image/__proto__/2019.12.02/0012',
  ])('is %s', (text) => {
    expect(parseImageArn(text)).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['a version without build', 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0'],
    ['any build', 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/x'],
    ['any version', 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/x.x.x/1'],
    ['a version of two parts', 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0/1'],
    ['a name in capitals', 'arn:aws:imagebuilder:us-east-1:111111111111:image/Web/1.0.0/1'],
    ['a name with a space', 'arn:aws:imagebuilder:us-east-1:111111111111:image/we b/1.0.0/1'],
    ['an account of 11 digits', 'arn:aws:imagebuilder:us-east-1:11111111111:image/web/1.0.0/1'],
    ["AWS's own image", 'arn:aws:imagebuilder:us-east-1:aws:image/web/1.0.0/1'],
    ['no Region', 'arn:aws:imagebuilder::111111111111:image/web/1.0.0/1'],
    ['a Region that no endpoint can have', 'arn:aws:imagebuilder:us_east_1:111111111111:image/web/1.0.0/1'],
    ['another partition', 'arn:gcp:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1'],
    ['another service', 'arn:aws:ec2:us-east-1:111111111111:image/web/1.0.0/1'],
    ['a component', 'arn:aws:imagebuilder:us-east-1:111111111111:component/web/1.0.0/1'],
    ['a recipe', 'arn:aws:imagebuilder:us-east-1:111111111111:image-recipe/web/1.0.0'],
    ['an AMI', 'ami-0123456789abcdef0'],
    ['a space before it', ` ${web}`],
    ['a line end after it', `${web}\n`],
    ['more after it', `${web}/2`],
    ['an escape sequence', `${web}\u001b[31m`],
    ['a wildcard', 'arn:aws:imagebuilder:us-east-1:111111111111:image/*'],
  ])('is not %s', (_, text) => {
    expect(isImageArn(text)).toBe(false);
    expect(() => parseImageArn(text)).toThrow(expect.objectContaining({ code: 'image-arn-invalid' }));
  });

  it('is put together from the parts it was taken apart into', () => {
    const isInverse = fc.property(anyImageParts, (parts) => {
      expect(imageArnParts(formatImageArn(parts))).toEqual(parts);
    });

    fc.assert(isInverse);
  });

  it('is not made from a part that does not fit', () => {
    const parts = { ...imageArnParts(parseImageArn(web)), name: 'Web' };

    expect(() => formatImageArn(parts)).toThrow('is not the ARN of an image build');
  });

  it('has a label in the words of people', () => {
    expect(imageLabel(parseImageArn(web))).toBe('web 1.0.0/1 in 111111111111 us-east-1');
  });
});

import { AppError } from './errors.ts';

declare const imageArnBrand: unique symbol;

/** ARN of one image build, the only thing a policy attaches to; made by {@link parseImageArn} alone. */
export type ImageArn = string & { readonly [imageArnBrand]: true };

/** The parts of an image ARN. */
export interface ImageArnParts {
  readonly partition: string;
  readonly region: string;
  /** Owner's account. */
  readonly account: string;
  readonly name: string;
  /** `x.y.z`. */
  readonly version: string;
  /** Digits as they stand in the ARN. */
  readonly build: string;
}

/**
 * Image Builder's own pattern for PutImagePolicy.imageArn, less owners that are not accounts, since AWS's images take no
 * policy, and less Regions and partitions that no endpoint can have.
 */
export const imageArnPattern =
  /^arn:(aws[a-z-]*):imagebuilder:([a-z]{2,}(?:-[a-z]+)+-[0-9]+):([0-9]{12}):image\/([a-z0-9-_]+)\/([0-9]+\.[0-9]+\.[0-9]+)\/([0-9]+)$/;

/** Whether a text is the ARN of an image build in an account. */
export function isImageArn(text: string): text is ImageArn {
  return imageArnPattern.test(text);
}

/** Checks a text. Throws `image-arn-invalid`. */
export function parseImageArn(text: string): ImageArn {
  if (isImageArn(text)) return text;
  throw new AppError('image-arn-invalid', `"${text}" is not the ARN of an image build`, { item: text });
}

/** Takes an image ARN apart; {@link formatImageArn} is its inverse. */
export function imageArnParts(image: ImageArn): ImageArnParts {
  const [, partition = '', region = '', account = '', name = '', version = '', build = ''] =
    imageArnPattern.exec(image) ?? [];
  return { partition, region, account, name, version, build };
}

/** Puts an image ARN together. Throws `image-arn-invalid` where a part does not fit. */
export function formatImageArn({ partition, region, account, name, version, build }: ImageArnParts): ImageArn {
  return parseImageArn(`arn:${partition}:imagebuilder:${region}:${account}:image/${name}/${version}/${build}`);
}

/** The words by which people know an image: `web 1.0.0/1 in 111111111111 us-east-1`. */
export function imageLabel(image: ImageArn): string {
  const { name, version, build, account, region } = imageArnParts(image);
  return `${name} ${version}/${build} in ${account} ${region}`;
}

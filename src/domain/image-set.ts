import type { ImageArn } from './arn.ts';
import { formatImageArn, imageArnParts } from './arn.ts';

/**
 * Many images in few bytes, readable in the Temporal UI: by partition (see {@link partitionOf}), then by name, the
 * versions with their builds: `{ "111111111111/us-east-1": { "web": ["1.0.0/1", "1.0.1/3"] } }`.
 */
export type CompactImageSet = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * The domain of AWS's rate limits that an image lives in: `<account>/<region>`, with the ARN's partition before it
 * where that is not `aws`.
 */
export function partitionOf(image: ImageArn): string {
  const { partition, account, region } = imageArnParts(image);
  return partition === 'aws' ? `${account}/${region}` : `${partition}/${account}/${region}`;
}

/** Packs images, dropping repeats; {@link imagesOf} is its inverse up to the order. */
export function compactImageSet(images: Iterable<ImageArn>): CompactImageSet {
  // Maps, because an image may be called "constructor".
  const set = new Map<string, Map<string, string[]>>();
  for (const image of new Set(images)) {
    const { name, version, build } = imageArnParts(image);
    const partition = partitionOf(image);
    const names = set.get(partition) ?? new Map<string, string[]>();
    const builds = names.get(name) ?? [];
    builds.push(`${version}/${build}`);
    set.set(partition, names.set(name, builds));
  }
  return Object.fromEntries([...set].map(([partition, names]) => [partition, Object.fromEntries(names)]));
}

/** The images of a set, partition by partition and name by name, in the order they were packed. */
export function imagesOf(set: CompactImageSet): readonly ImageArn[] {
  return Object.entries(set).flatMap(([key, names]) =>
    Object.entries(names).flatMap(([name, builds]) =>
      builds.map((versionAndBuild) => unpack(key, name, versionAndBuild)),
    ),
  );
}

/** How many images a set holds. */
export function imageCount(set: CompactImageSet): number {
  const lists = Object.values(set).flatMap((names) => Object.values(names));
  return lists.reduce((sum, builds) => sum + builds.length, 0);
}

function unpack(key: string, name: string, versionAndBuild: string): ImageArn {
  const [region = '', account = '', partition = 'aws'] = key.split('/').reverse();
  const [version = '', build = ''] = versionAndBuild.split('/');
  return formatImageArn({ partition, region, account, name, version, build });
}

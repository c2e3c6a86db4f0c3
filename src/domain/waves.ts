import type { ImageArn } from './arn.ts';
import { imageArnParts } from './arn.ts';
import { matchesGlob } from './glob.ts';
import { partitionOf } from './image-set.ts';

/** Which images belong to a wave: all that every given list fits. */
export interface WaveMatch {
  /** Patterns of image names. */
  readonly names?: readonly string[];
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
}

/** A question to people, asked behind a wave. */
export interface Approval {
  /** Distinct people who have to approve. */
  readonly required: number;
  /** Silence rejects after this time. */
  readonly timeoutMs: number;
}

/** A wave as a manifest says it. Without match, count and percentage it takes all that is left. */
export interface WaveSpec {
  readonly name: string;
  readonly match?: WaveMatch;
  /** At most so many of those that match. */
  readonly count?: number;
  /** A share of all images to change; at least one image. */
  readonly percentage?: number;
  readonly soakMs?: number;
  readonly approval?: Approval;
  /** Failures within the wave above which nothing more starts. */
  readonly failureToleranceCount?: number;
}

/** Most failures of a wave's own, where it has such a number. */
export interface OwnTolerance {
  readonly failureToleranceCount?: number;
}

/** What of its own a wave may fail by: one that people look at before the next may have none, unless it says otherwise. */
export function ownToleranceOf({ soakMs, approval, failureToleranceCount }: WaveSpec): OwnTolerance {
  if (failureToleranceCount !== undefined) return { failureToleranceCount };
  return soakMs === undefined && approval === undefined ? {} : { failureToleranceCount: 0 };
}

/** A wave with its images. */
export interface PlannedWave {
  readonly spec: WaveSpec;
  readonly images: readonly ImageArn[];
}

/** Tags of an image, as far as they were read. */
export type TagsOf = (image: ImageArn) => Readonly<Record<string, string>>;

/**
 * Deals images to waves. Each image is in exactly one wave: the first that it fits and that has room; the last wave takes
 * whatever no other took. Images of a wave are dealt round over their partitions; waves that come out empty are left out.
 */
export function planWaves(
  images: readonly ImageArn[],
  specs: readonly WaveSpec[],
  tagsOf: TagsOf,
): readonly PlannedWave[] {
  let left = dealOverPartitions(images);
  const waves = specs.map((spec, index) => {
    const isLast = index === specs.length - 1;
    const fitting = isLast ? left : left.filter((image) => fits(spec.match, image, tagsOf));
    const taken = isLast ? fitting : fitting.slice(0, roomOf(spec, images.length));
    const gone = new Set(taken);
    left = left.filter((image) => !gone.has(image));
    return { spec, images: taken };
  });
  return waves.filter((wave) => wave.images.length > 0);
}

/** Orders images so that neighbours are of different partitions, as long as there are several. */
export function dealOverPartitions(images: readonly ImageArn[]): readonly ImageArn[] {
  const partitions = new Map<string, ImageArn[]>();
  for (const image of images) {
    const key = partitionOf(image);
    const known = partitions.get(key);
    if (known === undefined) partitions.set(key, [image]);
    else known.push(image);
  }
  const piles = [...partitions.values()];
  const longest = piles.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: longest }, (_, round) => piles.flatMap((own) => own[round] ?? [])).flat();
}

function roomOf({ count, percentage }: WaveSpec, total: number): number {
  const byCount = count ?? Number.POSITIVE_INFINITY;
  const byShare = percentage === undefined ? Number.POSITIVE_INFINITY : Math.floor((total * percentage) / 100);
  return Math.max(1, Math.min(byCount, byShare));
}

function fits(match: WaveMatch | undefined, image: ImageArn, tagsOf: TagsOf): boolean {
  if (match === undefined) return true;
  const { name, account, region } = imageArnParts(image);
  const tags = match.tags === undefined ? {} : tagsOf(image);
  return (
    (match.names?.some((pattern) => matchesGlob(pattern, name)) ?? true) &&
    (match.accounts?.includes(account) ?? true) &&
    (match.regions?.includes(region) ?? true) &&
    Object.entries(match.tags ?? {}).every(([key, value]) => tags[key] === value)
  );
}

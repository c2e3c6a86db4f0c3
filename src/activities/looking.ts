import { listTags } from '../aws/catalogue.ts';
import { glimpseImages, observeImages } from '../aws/observe.ts';
import type { Target } from '../aws/request.ts';
import type { ImageOptions } from '../contracts/image.ts';
import type { ImageArn } from '../domain/arn.ts';
import { chunksOf } from '../domain/chunks.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { imagesOf, partitionOf } from '../domain/image-set.ts';
import type { ObservedImage } from '../domain/observation.ts';
import { ownerAccess } from './access.ts';
import type { Attempt } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';

// One call of RAM's lists takes so many ARNs, and a heartbeat goes out in between.
const imagesAtOnce = 100;

/** An image as it is, and its tags where they were asked for. */
export interface Seen {
  readonly observed: ObservedImage;
  readonly tags: Readonly<Record<string, string>>;
}

/** Which images are looked at, and what of them. */
export interface Sights {
  readonly images: readonly ImageArn[];
  readonly options: ImageOptions;
  readonly isTagRead: boolean;
}

/** What becomes of images that are looked at, and of one that cannot be. */
export interface Eyes<Found> {
  /** Images of one account and Region; gives one result for each, in their order. */
  readonly see: (seen: readonly Seen[], target: Target) => Promise<readonly Found[]>;
  readonly miss: (image: ImageArn, error: AppError) => Found;
}

/** Images of one partition, at most so many that one round of calls reads them. */
export function slicesOf(images: CompactImageSet): readonly (readonly ImageArn[])[] {
  const partitions = new Map<string, ImageArn[]>();
  for (const image of imagesOf(images)) {
    const key = partitionOf(image);
    const known = partitions.get(key);
    if (known === undefined) partitions.set(key, [image]);
    else known.push(image);
  }
  return [...partitions.values()].flatMap((all) => chunksOf(all, imagesAtOnce));
}

/**
 * Looks at a slice of images with few calls. What is wrong with one image is its result, and the others are looked at all
 * the same; errors that may go away are thrown.
 */
export async function lookAt<Found>(
  dependencies: Dependencies,
  attempt: Attempt,
  { images, options, isTagRead }: Sights,
  eyes: Eyes<Found>,
): Promise<readonly Found[]> {
  const [first] = images;
  if (first === undefined) return [];
  try {
    const access = ownerAccess(first, options, dependencies.limits?.rules ?? null);
    const glimpsed = await glimpseImages(dependencies.clients, access, images, attempt, dependencies.now);
    const missed: Found[] = [];
    // A slice may have many that are gone: to look anew without each of them would cost the square of their number.
    const miss = (image: ImageArn, error: AppError): void => void missed.push(eyes.miss(image, error));
    const observed = await observeImages(dependencies.clients, access, glimpsed, attempt, { miss });
    const target = { clients: dependencies.clients, access, call: attempt };
    const seen = observed.map(({ image }) => image);
    const tagsOf = isTagRead ? await listTags(target, seen) : new Map<ImageArn, Seen['tags']>();
    const found = await eyes.see(
      observed.map((one) => ({ observed: one, tags: tagsOf.get(one.image) ?? {} })),
      target,
    );
    return [...missed, ...found];
  } catch (error) {
    if (!(error instanceof AppError) || errorCodes[error.code].retry !== 'never') throw error;
    const culprit = images.find((image) => image === error.context.item);
    if (culprit === undefined) return images.map((image) => eyes.miss(image, error));
    const others = images.filter((image) => image !== culprit);
    const found = await lookAt(dependencies, attempt, { images: others, options, isTagRead }, eyes);
    return [eyes.miss(culprit, error), ...found];
  }
}

import type { ImageArn } from '../../src/domain/arn.ts';
import { imageArnParts } from '../../src/domain/arn.ts';
import type { Seed } from '../../src/simulator/seed.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { rigImage } from './rig-images.ts';
import { writesOf } from './simulator.ts';

/** Whom somebody else shares images with. */
export const foreignConsumer = '666666666666';

/** A share of somebody else: it covers an image of a rollout, and another one that no rollout names. */
export interface ForeignShare {
  readonly seed: Seed;
  /** A write to the share is one about this image too, so the journal of this image tells of every one. */
  readonly bystander: ImageArn;
}

/** A share of somebody else over an image, with a consumer and an image of his own. The seed has the image, too. */
export function foreignShareOf(image: ImageArn): ForeignShare {
  const { account, region, name } = imageArnParts(image);
  const bystander = rigImage(`${name}-bystander`, account, region);
  const covered = [image, bystander];
  return {
    bystander,
    seed: {
      images: covered.map((arn) => ({ arn })),
      shares: [{ images: covered, principals: [foreignConsumer], name: 'of-somebody-else' }],
    },
  };
}

/** What was done to the shares of somebody else, in words: nothing may be. */
export function foreignOffences(simulator: Simulator, shares: readonly ForeignShare[]): readonly string[] {
  return shares.flatMap(({ bystander }) => {
    const access = simulator.image(bystander)?.access.join();
    return [
      ...writesOf(simulator, bystander).map(({ operation }) => `${operation} was called on a foreign share`),
      ...(access === foreignConsumer ? [] : [`${bystander} is shared with ${access}`]),
    ];
  });
}

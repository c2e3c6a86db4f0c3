import type { ImageOptions } from '../../src/contracts/image.ts';
import type { RolloutOrigin, RolloutSpec } from '../../src/contracts/rollout.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { formatImageArn } from '../../src/domain/arn.ts';
import { compactImageSet } from '../../src/domain/image-set.ts';
import { defaultActions, shorthandPolicy } from '../../src/domain/policy.ts';
import type { Timing } from '../../src/domain/timing.ts';
import { defaultTiming } from '../../src/domain/timing.ts';
import { sha256 } from '../../src/sha256.ts';
import type { Seed, SeededImage } from '../../src/simulator/seed.ts';

/** Every rollout of the rig wants A and B; C is one who has access before and is not wanted. */
export const principals = { a: '222222222222', b: '333333333333', c: '444444444444' } as const;

/** How an image stands before a rollout, and what is behind it. */
export interface Beginning {
  readonly image: ImageArn;
  readonly seed: Seed;
}

/** An image of the rig by name; accounts other than the default one are reached by a role. */
export function rigImage(name: string, account = '111111111111', region = 'us-east-1'): ImageArn {
  return formatImageArn({ partition: 'aws', region, account, name, version: '1.0.0', build: '1' });
}

/** An image that nobody has access to. */
export function unshared(
  name: string,
  behaviour: NonNullable<SeededImage['behaviour']> = {},
  region?: string,
): Beginning {
  const image = rigImage(name, undefined, region);
  return { image, seed: { images: [{ arn: image, behaviour }] } };
}

/** An image with an unpromoted policy for C, whose promotion is refused: it can only go back. */
export function unpromotable(name: string): Beginning {
  const image = rigImage(name);
  const policy = shorthandPolicy([principals.c], defaultActions);
  return { image, seed: { images: [{ arn: image, policy, behaviour: { promotion: 'refused' } }] } };
}

/** An image in a share of an earlier rollout, for A and C: B has to come, and C to go. */
export function sharedEarlier(name: string, region?: string): Beginning {
  const image = rigImage(name, undefined, region);
  const share = {
    images: [image],
    principals: [principals.a, principals.c],
    tags: { 'policy-rollout:rollout': 'earlier' },
  };
  return { image, seed: { images: [{ arn: image }], shares: [share] } };
}

/** The seeds of some images in one. */
export function seedOf(beginnings: readonly Beginning[]): Seed {
  const seeds = beginnings.map(({ seed }) => seed);
  return {
    images: seeds.flatMap(({ images = [] }) => images),
    shares: seeds.flatMap(({ shares = [] }) => shares),
    permissions: seeds.flatMap(({ permissions = [] }) => permissions),
  };
}

/** Times that are short, but longer than anything that the simulator or a restart takes. */
export const quickTiming: Timing = {
  ...defaultTiming,
  busyTimeoutMs: 60_000,
  promotionTimeoutMs: 120_000,
  verificationTimeoutMs: 120_000,
  settleMs: 300,
  acceptanceGraceMs: 2_000,
  unansweredMs: 12_000,
};

/** What may be said of the options of a rollout of the rig. */
export type SpecChange = Partial<ImageOptions> & {
  readonly wanted?: readonly string[];
  readonly maxConcurrentCount?: number;
};

/** The spec of a rollout that gives the images to A and B, unless it is said otherwise. */
export function rigSpec(
  rolloutName: string,
  images: readonly ImageArn[],
  { wanted = [principals.a, principals.b], maxConcurrentCount = 50, ...options }: SpecChange = {},
): RolloutSpec {
  const policyTemplate = wanted.length === 0 ? null : shorthandPolicy(wanted, defaultActions);
  return {
    rolloutName,
    policyTemplate,
    policySha256: sha256(policyTemplate ?? ''),
    images: compactImageSet(images),
    selections: [],
    exclude: [],
    guardrails: { allowWildcardPrincipal: false, maxImages: 10_000, maxChangedPercentage: 100, requiredTags: {} },
    strategy: {
      waves: [{ name: 'all' }],
      maxConcurrent: { count: maxConcurrentCount },
      failureTolerance: { count: images.length },
      concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
      onConflict: 'wait',
    },
    options: {
      foreignShares: 'block',
      onNotVisible: 'keep',
      ownerRoles: {},
      consumerRoles: {},
      timing: quickTiming,
      ...options,
    },
    manifestSha256: sha256(rolloutName),
  };
}

/** Who starts the rollouts of the rig. */
export const rigOrigin: RolloutOrigin = {
  startedBy: 'ann@host',
  annotations: {},
  isSkippingBlocked: false,
  isEmptyAllowed: false,
  overrides: [],
};

import fc from 'fast-check';
import type { Bundle } from '../../src/domain/bundles.ts';
import { bundlesOf } from '../../src/domain/bundles.ts';
import type { Target } from '../../src/domain/situation.ts';
import { a, aTarget, b, c, getOnly, organization, pair } from './builders.ts';
import type { ModelBehaviour, StartShare } from './share-model-parts.ts';

/** Arbitrary beginnings for the model of the shares. */
const everybody = [a, b, c, `arn:aws:iam::${b}:role/reader`];

const actionSets = fc.constantFrom(pair, getOnly);

function bundlesAmong(principals: readonly string[]): fc.Arbitrary<readonly Bundle[]> {
  return fc
    .array(fc.tuple(fc.constantFrom(...principals), actionSets), { maxLength: 4 })
    .map((pairs) =>
      [...new Map(pairs)].flatMap(([principal, actions]) => actions.map((action) => ({ principal, action }))),
    )
    .map((grants) => bundlesOf(grants));
}

/** Principals and what they shall get; nobody among the possibilities. */
export const anyTarget: fc.Arbitrary<Target> = bundlesAmong(everybody).map((bundles) =>
  aTarget(
    bundles.flatMap(({ principals, actions }) =>
      principals.flatMap((principal) => actions.map((action) => ({ principal, action }))),
    ),
  ),
);

const unpromoted: fc.Arbitrary<readonly StartShare[]> = bundlesAmong(everybody).map((bundles) =>
  bundles.map((bundle) => ({ bundle, featureSet: 'CREATED_FROM_POLICY', owner: 'ours', otherResourceCount: 0 })),
);

function standard(
  owner: 'ours' | 'foreign',
  otherResourceCounts: readonly number[],
): fc.Arbitrary<readonly StartShare[]> {
  const share = fc.record({
    bundle: fc.record({
      actions: actionSets,
      principals: fc.uniqueArray(fc.constantFrom(...everybody, organization), { maxLength: 3 }),
    }),
    featureSet: fc.constant('STANDARD' as const),
    owner: fc.constant(owner),
    otherResourceCount: fc.constantFrom(...otherResourceCounts),
  });
  return fc.array(share, { minLength: 1, maxLength: 2 });
}

/** Shares of ours alone: what a rollout may bring to any target. */
export const anyOwnShares: fc.Arbitrary<readonly StartShare[]> = fc.oneof(unpromoted, standard('ours', [0]));

/** Any shares at all: of others, for other resources too, promoted and not. */
export const anyShares: fc.Arbitrary<readonly StartShare[]> = fc
  .tuple(
    fc.oneof(fc.constant([]), unpromoted),
    fc.oneof(fc.constant([]), standard('ours', [0, 0, 1])),
    fc.oneof(fc.constant([]), fc.constant([]), standard('foreign', [0, 1])),
  )
  .map((parts) => parts.flat());

const lag = fc.constantFrom(0, 1, 2);

function behaviourWith(doom: {
  readonly erase: readonly ModelBehaviour['erase'][];
  readonly promotion: readonly ModelBehaviour['promotion'][];
  readonly share: readonly ModelBehaviour['share'][];
  readonly troubled: readonly string[];
}): fc.Arbitrary<ModelBehaviour> {
  return fc.record({
    erase: fc.constantFrom(...doom.erase),
    erasedShare: fc.constantFrom('goes' as const, 'stays' as const),
    putOverUnpromoted: fc.constantFrom('share-follows' as const, 'share-stays-stale' as const),
    promotion: fc.constantFrom(...doom.promotion),
    permission: fc.constantFrom('matched' as const, 'unmatched' as const),
    promotedPrincipals: fc.constantFrom('stay-associated' as const, 'fall-back-to-associating' as const),
    promotedShareArn: fc.constantFrom('same' as const, 'new' as const),
    share: fc.constantFrom(...doom.share),
    outsiders: fc.subarray([...doom.troubled], { maxLength: Math.min(1, doom.troubled.length) }),
    failing: fc.subarray([...doom.troubled], { maxLength: Math.min(1, doom.troubled.length) }),
    shareLag: lag,
    promotionLag: lag,
    associationLag: lag,
    policyLag: lag,
  });
}

/** Behaviours under which every target can be reached. */
export const anyKindBehaviour = behaviourWith({
  erase: ['taken', 'owner-only'],
  promotion: ['succeeds'],
  share: ['appears'],
  troubled: [],
});

/** Behaviours that may refuse, never come, or fail. */
export const anyBehaviour = behaviourWith({
  erase: ['taken', 'owner-only', 'refused'],
  promotion: ['succeeds', 'succeeds', 'refused'],
  share: ['appears', 'appears', 'never-appears'],
  troubled: [a, c],
});

import type { ImageReport } from '../../src/contracts/report.ts';
import { accountOfPrincipal } from '../../src/domain/principal.ts';
import { grantsText } from '../../src/domain/grants.ts';
import type { Grant } from '../../src/domain/grants.ts';
import { canonicalPrincipal } from '../../src/domain/principal.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import type { ImageState } from '../../src/simulator/state.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { grantsOf, templateOf } from './matrix-grants.ts';
import { imageOf } from './matrix-world.ts';
import type { MatrixRow } from './matrix.ts';
import { accessDips, idleWritesOf, writesOf } from './simulator.ts';

/** What a row's world looked like before it began. */
export type Before = Pick<ImageState, 'grants' | 'shares' | 'access'>;

/** Everything in world and journal that no run may leave behind, in words; the expectation of the row is judged beside. */
export function offencesOf(
  simulator: Simulator,
  row: MatrixRow,
  before: Before,
  { state, error, grantsSha256 }: ImageReport,
): readonly string[] {
  const image = imageOf(row);
  const after = simulator.image(image);
  if (after === undefined) return ['the image is gone'];
  const isChanged = state !== 'UNCHANGED' && (state !== 'FAILED' || grantsSha256.after !== grantsSha256.before);
  const isBack = state === 'COMPENSATED' || (state === 'CANCELLED' && isChanged);
  return [
    ...idleWritesOf(simulator, image).map(({ operation }) => `${operation} was served although it held already`),
    ...forwardPuts(simulator, row)
      .slice(1)
      .map(() => 'the policy was put more than once'),
    ...lostShares(row, before, after, state),
    ...(isBack ? difference('the baseline', linesOf(before.grants), linesOf(after.grants)) : []),
    ...(state === 'SUCCEEDED' ? difference('the target', targetLines(row, before), linesOf(after.grants)) : []),
    ...(row.other === 'nobody' ? accessDips(simulator, image).map((id) => `${id} lost its access for a while`) : []),
    ...(state === 'UNCHANGED' || error?.code === 'image-busy' || error?.code === 'share-not-ours'
      ? writesOf(simulator, image).map(({ operation }) => `${operation} although nothing was to be written`)
      : []),
    ...(error?.code === 'changed-by-another' ? writesAfterOther(simulator.journal(image)) : []),
  ];
}

function forwardPuts(simulator: Simulator, row: MatrixRow): readonly JournalEntry[] {
  const { wanted } = row;
  const template = templateOf(wanted.also === undefined ? [wanted] : [wanted, wanted.also]);
  const image = imageOf(row);
  return writesOf(simulator, image).filter(
    ({ operation, parameters, effect }) =>
      operation === 'PutImagePolicy' && effect && parameters['policy'] === template?.replaceAll('${imageArn}', image),
  );
}

/** Shares that existed and are gone, or have lost the image, although somebody is still to have access. */
function lostShares(
  { wanted, other }: MatrixRow,
  before: Before,
  after: ImageState,
  state: ImageReport['state'],
): readonly string[] {
  if (other.includes('deletes our share') || (wanted.to === '' && state === 'SUCCEEDED')) return [];
  return before.shares
    .filter(({ featureSet }) => featureSet === 'STANDARD')
    .filter(({ arn }) => {
      const share = after.shares.find((candidate) => candidate.arn === arn);
      return share?.status !== 'ACTIVE' || share.resources[after.imageArn] !== 'ASSOCIATED';
    })
    .map(({ arn }) => `${arn} existed before and is gone`);
}

function targetLines(row: MatrixRow, before: Before): string {
  const { wanted, baseline, options } = row;
  const left = options?.foreignShares === 'leave' ? (baseline.shares ?? []).filter(({ of }) => of === 'another') : [];
  const grants = grantsOf([wanted, ...(wanted.also === undefined ? [] : [wanted.also]), ...left]);
  return grantsText(grants.length === 0 ? before.grants.slice(0, 0) : grants);
}

function linesOf(grants: readonly Grant[]): string {
  return grantsText(
    grants
      .map((grant) => ({ principal: canonicalPrincipal(grant.principal), action: grant.action }))
      .filter(({ principal }) => accountOfPrincipal(principal) !== '111111111111'),
  );
}

function difference(what: string, wanted: string, actual: string): readonly string[] {
  return wanted === actual ? [] : [`the grants are not those of ${what}: ${actual.replaceAll('\n', ', ')}`];
}

function writesAfterOther(journal: readonly JournalEntry[]): readonly string[] {
  const others = journal.findLastIndex(({ actor, isWrite }) => actor === 'other' && isWrite);
  return journal
    .slice(others + 1)
    .filter(({ actor, isWrite, effect }) => actor === 'client' && isWrite && effect)
    .map(({ operation }) => `${operation} after somebody else had acted`);
}

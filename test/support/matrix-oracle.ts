import type { ImageReport } from '../../src/contracts/report.ts';
import { grantsText, principalsOf } from '../../src/domain/grants.ts';
import { accountOfPrincipal, canonicalPrincipal } from '../../src/domain/principal.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import type { ImageState } from '../../src/simulator/state.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { grantsOf, templateOf } from './matrix-grants.ts';
import { imageOf } from './matrix-world.ts';
import type { Grantees, MatrixRow } from './matrix.ts';
import { accessDips, idleWritesOf, writesOf } from './simulator.ts';

/** What a row's world looked like before it began. */
export type Before = Pick<ImageState, 'imageArn' | 'grants' | 'shares'>;

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
    ...(isBack ? difference('the baseline', linesOf(before), linesOf(after)) : []),
    ...(isBack ? keptTags(before, after) : []),
    ...(state === 'SUCCEEDED' ? difference('the target', targetLines(row), linesOf(after)) : []),
    ...(state === 'FAILED' && error?.code === 'not-visible' ? excess(row, after) : []),
    ...dips(simulator, row),
    ...(state === 'UNCHANGED' || error?.code === 'image-busy' || error?.code === 'share-not-ours'
      ? writesOf(simulator, image).map(({ operation }) => `${operation} although nothing was to be written`)
      : []),
    ...(error?.code === 'changed-by-another' ? writesAfterOther(simulator.journal(image)) : []),
  ];
}

/** Shares of others that carry a tag of ours now. */
function keptTags(before: Before, after: ImageState): readonly string[] {
  const foreign = before.shares.filter(({ featureSet, tags }) => featureSet === 'STANDARD' && isUntagged(tags));
  return foreign
    .filter(({ arn }) => after.shares.some((share) => share.arn === arn && !isUntagged(share.tags)))
    .map(({ arn }) => `${arn} was of somebody else, and carries our tag`);
}

function isUntagged(tags: Readonly<Record<string, string>>): boolean {
  return tags['policy-rollout:rollout'] === undefined;
}

/** What somebody has who is not wanted, although only who is wanted may be missing. */
function excess(row: MatrixRow, after: ImageState): readonly string[] {
  const target = targetLines(row).split('\n');
  const lines = linesOf(after).split('\n');
  return lines.filter((line) => line !== '' && !target.includes(line)).map((line) => `${line} is not wanted`);
}

/** Who has access before and after, and was wanted in between, never loses it. */
function dips(simulator: Simulator, row: MatrixRow): readonly string[] {
  if (row.other !== 'nobody') return [];
  const wanted = principalsOf(grantsOf(granteesOf(row)));
  return accessDips(simulator, imageOf(row))
    .filter((id) => wanted.includes(canonicalPrincipal(id)))
    .map((id) => `${id} lost its access for a while`);
}

function granteesOf({ wanted }: MatrixRow): readonly Grantees[] {
  return wanted.also === undefined ? [wanted] : [wanted, wanted.also];
}

function forwardPuts(simulator: Simulator, row: MatrixRow): readonly JournalEntry[] {
  const template = templateOf(granteesOf(row));
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

function targetLines(row: MatrixRow): string {
  const { baseline, options } = row;
  const left = options?.foreignShares === 'leave' ? (baseline.shares ?? []).filter(({ of }) => of === 'another') : [];
  return grantsText(grantsOf([...granteesOf(row), ...left]));
}

function linesOf({ imageArn, grants }: Before): string {
  const owner = accountOfPrincipal(imageArn.split(':')[4] ?? '');
  const given = grants.map(({ principal, action }) => ({ principal: canonicalPrincipal(principal), action }));
  return grantsText(given.filter(({ principal }) => accountOfPrincipal(principal) !== owner));
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

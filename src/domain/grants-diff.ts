import type { Grant } from './grants.ts';
import { grantsWithout } from './grants.ts';
import type { AccountNames } from './principal.ts';
import { principalText } from './principal.ts';

/** One action that a principal may do, and under which condition. */
export type Permit = Omit<Grant, 'principal'>;

/** What changes for one principal: it comes, it goes, or it stays with other actions or conditions. */
export interface PrincipalDiff {
  readonly principal: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Sorted, each once. */
  readonly gains: readonly Permit[];
  readonly loses: readonly Permit[];
}

/** The way from some grants to others: the principals for whom something changes, sorted; empty where nothing does. */
export type GrantsDiff = readonly PrincipalDiff[];

/**
 * Compares what is granted, whatever the order, the repeats and the documents it came from. Every principal of whom one
 * side has a grant that the other lacks is named; `before` with its gains and without its losses is `after`.
 */
export function diffGrants(before: readonly Grant[], after: readonly Grant[]): GrantsDiff {
  const gained = byPrincipal(grantsWithout(after, before));
  const lost = byPrincipal(grantsWithout(before, after));
  const named = [before, after].map((grants) => new Set(grants.map(({ principal }) => principal)));
  const changing = [...new Set([...gained.keys(), ...lost.keys()])].sort();
  return changing.map((principal) => ({
    principal,
    change: changeOf(named[0]?.has(principal) === true, named[1]?.has(principal) === true),
    gains: gained.get(principal) ?? [],
    loses: lost.get(principal) ?? [],
  }));
}

/**
 * A diff in words, one sentence a principal: `adds 222222222222 (build): GetImage, ListImages`.
 *
 * @param names - names of accounts, for whoever does not know them by their ids
 */
export function diffSentences(diff: GrantsDiff, names: AccountNames = {}): readonly string[] {
  return diff.map(({ principal, change, gains, loses }) => {
    const who = principalText(principal, names);
    if (change === 'added') return `adds ${who}: ${permitsText(gains)}`;
    if (change === 'removed') return `removes ${who}: ${permitsText(loses)}`;
    const parts = [
      ...(gains.length === 0 ? [] : [`gains ${permitsText(gains)}`]),
      ...(loses.length === 0 ? [] : [`loses ${permitsText(loses)}`]),
    ];
    return `changes ${who}: ${parts.join('; ')}`;
  });
}

function changeOf(hadSome: boolean, hasSome: boolean): PrincipalDiff['change'] {
  if (!hadSome) return 'added';
  return hasSome ? 'changed' : 'removed';
}

function byPrincipal(grants: readonly Grant[]): ReadonlyMap<string, readonly Permit[]> {
  const found = new Map<string, Permit[]>();
  for (const { principal, ...permit } of grants) {
    const permits = found.get(principal);
    if (permits === undefined) found.set(principal, [permit]);
    else permits.push(permit);
  }
  return found;
}

/** Actions without the service that all of them have, each condition once. */
function permitsText(permits: readonly Permit[]): string {
  const conditions = [...new Set(permits.map(({ condition }) => condition))];
  return conditions
    .map((condition) => {
      const actions = permits
        .filter((permit) => permit.condition === condition)
        .map(({ action }) => shortAction(action));
      return `${actions.join(', ')}${condition === undefined ? '' : ` where ${condition}`}`;
    })
    .join('; ');
}

function shortAction(action: string): string {
  return action.replace(/^imagebuilder:/, '');
}

import { grantsWithout, principalsOf } from './grants.ts';
import type { Grant } from './grants.ts';
import type { ObservedImage } from './observation.ts';
import { isStandard, leftGrants, liveGrants } from './shares.ts';
import type { ForeignShares, Target } from './situation.ts';

// [D] RAM-UG: an invitation for Image Builder types lives 12 hours.
const invitationLifeMs = 12 * 60 * 60 * 1000;

/** What the proof found for one principal. */
export interface Visibility {
  readonly principal: string;
  readonly verdict: 'VISIBLE' | 'NOT_VISIBLE' | 'AWAITING_ACCEPTANCE' | 'INCONCLUSIVE';
  /** When an invitation ends, as ISO text. */
  readonly expiresAt?: string;
}

/** What an account's own look at the image said; DENIED where its role may not look, which proves nothing. */
export type ConsumerView = 'VISIBLE' | 'NOT_VISIBLE' | 'DENIED';

/**
 * Judges every wanted principal from the owner's side, and, where an account was asked itself, from there too.
 *
 * @param views - by account
 */
export function judgeVisibility(
  observed: ObservedImage,
  { grants }: Target,
  views: Readonly<Record<string, ConsumerView>>,
): readonly Visibility[] {
  const principals = [...new Set(grants.map(({ principal }) => principal))].sort();
  return principals.map((principal) => {
    const seen = fromOwnerSide(observed, principal);
    return seen.verdict === 'VISIBLE' ? { ...seen, verdict: fromConsumerSide(views[principal]) } : seen;
  });
}

function fromOwnerSide({ shares }: ObservedImage, principal: string): Visibility {
  const promoted = shares.filter((share) => isStandard(share) && share.status === 'ACTIVE');
  const found = promoted
    .filter(({ imageStatus }) => imageStatus === 'ASSOCIATED')
    .flatMap((share) => share.principals)
    .filter((candidate) => candidate.principal === principal);
  if (found.some(({ status }) => status === 'ASSOCIATED')) return { principal, verdict: 'VISIBLE' };
  const invited = found.find(({ status }) => status === 'ASSOCIATING');
  if (invited === undefined) return { principal, verdict: 'NOT_VISIBLE' };
  const expiresAt = new Date(invited.changedAtMs + invitationLifeMs).toISOString();
  return { principal, verdict: 'AWAITING_ACCEPTANCE', expiresAt };
}

function fromConsumerSide(view: ConsumerView | undefined): Visibility['verdict'] {
  switch (view) {
    case undefined:
    case 'VISIBLE':
      return 'VISIBLE';
    case 'NOT_VISIBLE':
      return 'NOT_VISIBLE';
    case 'DENIED':
      return 'INCONCLUSIVE';
  }
}

/** What all verdicts come to. Nobody wanted is a success as soon as nobody has access. */
export function sumOfVerdicts(verdicts: readonly Visibility[]): 'VISIBLE' | 'NOT_VISIBLE' | 'INCONCLUSIVE' {
  if (verdicts.some(({ verdict }) => verdict === 'NOT_VISIBLE')) return 'NOT_VISIBLE';
  return verdicts.every(({ verdict }) => verdict === 'VISIBLE') ? 'VISIBLE' : 'INCONCLUSIVE';
}

/** Who sees an image. */
export interface ImageSight {
  readonly visibility: readonly Visibility[];
  /** Principals who have more than is wanted; sorted. */
  readonly excess: readonly string[];
}

/** Judges every wanted principal, as {@link judgeVisibility} does, and names those who have more than is wanted. */
export function sightOf(
  observed: ObservedImage,
  wanted: Target,
  views: Readonly<Record<string, ConsumerView>>,
  foreignShares: ForeignShares,
): ImageSight {
  return {
    visibility: judgeVisibility(observed, wanted, views),
    excess: principalsOf(excessOf(observed, wanted, foreignShares)),
  };
}

/** Whether somebody has more than is wanted. */
export function hasExcess(observed: ObservedImage, wanted: Target, foreignShares: ForeignShares): boolean {
  return excessOf(observed, wanted, foreignShares).length > 0;
}

function excessOf(observed: ObservedImage, { grants }: Target, foreignShares: ForeignShares): readonly Grant[] {
  const live = [...liveGrants(observed), ...observed.policyGrants];
  return grantsWithout(live, [...grants, ...leftGrants(observed, foreignShares)]);
}

/** At most so many verdicts, those that ask for somebody's attention first. */
export function worstVerdicts(verdicts: readonly Visibility[], most: number): readonly Visibility[] {
  const order: readonly Visibility['verdict'][] = ['NOT_VISIBLE', 'INCONCLUSIVE', 'AWAITING_ACCEPTANCE', 'VISIBLE'];
  const sorted = order.flatMap((verdict) => verdicts.filter((one) => one.verdict === verdict));
  return sorted.slice(0, most);
}

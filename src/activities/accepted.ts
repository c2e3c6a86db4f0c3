import type { Target as AwsTarget } from '../aws/request.ts';
import { listInvitations } from '../aws/shares.ts';
import type { ImageOptions } from '../contracts/image.ts';
import { leavingPrincipals } from '../domain/image-change.ts';
import type { ObservedImage } from '../domain/observation.ts';
import type { Target } from '../domain/situation.ts';

/** An image, and what a rollout wants of it. */
export interface Subject {
  readonly observed: ObservedImage;
  readonly wanted: Target;
}

/**
 * Accounts outside the organisation that have accepted an invitation to a share of an image, as far as somebody would lose
 * access to it. RAM says of no account whether it is in the organisation, but only those outside are invited.
 */
export async function acceptedOutsiders(
  target: AwsTarget,
  subjects: readonly Subject[],
  { foreignShares }: Pick<ImageOptions, 'foreignShares'>,
): Promise<(observed: ObservedImage) => readonly string[]> {
  const shareArns = subjects
    .filter(({ observed, wanted }) => leavingPrincipals(observed, wanted, foreignShares).length > 0)
    .flatMap(({ observed }) => observed.shares.map(({ shareArn }) => shareArn));
  const unique = [...new Set(shareArns)].sort();
  const accepted = unique.length === 0 ? [] : await listInvitations(target, unique, 'ACCEPTED');
  return ({ shares }) =>
    accepted
      .filter((invitation) => shares.some(({ shareArn }) => shareArn === invitation.shareArn))
      .map(({ account }) => account);
}

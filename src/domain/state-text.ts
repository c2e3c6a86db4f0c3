import { grantsText } from './grants.ts';
import type { ObservedImage } from './observation.ts';

/**
 * Everything about the access to an image that a plan is made from, as a text that is the same as long as nobody changes
 * anything. Times and the way a policy is written are not in it.
 */
export function stateText({ policy, policyGrants, shares }: ObservedImage): string {
  return JSON.stringify([
    policy === null ? null : grantsText(policyGrants),
    shares.map((share) => [
      share.shareArn,
      share.featureSet,
      share.status,
      share.rolloutTag,
      share.imageStatus,
      share.otherResourceCount,
      share.principals.map(({ associatedEntity, status }) => [associatedEntity, status]),
      share.permissions.map(({ actions, condition }) => [actions, condition ?? null]),
    ]),
  ]);
}

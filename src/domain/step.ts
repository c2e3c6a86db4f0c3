import type { Bundle } from './bundles.ts';
import type { ErrorCode } from './errors.ts';
import type { ObservedPermission } from './observation.ts';

/**
 * What stays behind although the grants are right; each gives nobody access: a share that could only be promoted, a
 * policy for the owner alone where Image Builder takes no empty one, a share that RAM keeps after its policy is gone, our
 * tag on a share that was taken over, so that later rollouts take it for ours.
 */
export type Residue = 'promoted' | 'owner-only-policy' | 'unpromoted-share' | 'rollout-tag';

/**
 * One step towards the target. A `done` names the principals that are given access but not ASSOCIATED: they still have
 * to accept an invitation, or are suspended.
 */
export type Step =
  | { readonly kind: 'done'; readonly residue: readonly Residue[]; readonly awaiting: readonly string[] }
  | Wait
  | { readonly kind: 'stop'; readonly code: ErrorCode; readonly reason: string }
  | Act;

/** A step that leaves it to time. */
export interface Wait {
  readonly kind: 'wait';
  readonly code: ErrorCode;
  readonly reason: string;
  /** Before that another look shows nothing new; absent where it may at any time. */
  readonly retryAfterMs?: number;
}

/** A step that writes. */
export type Act =
  | { readonly kind: 'put'; readonly document: string }
  | { readonly kind: 'erase' }
  | { readonly kind: 'promote'; readonly shareArn: string }
  | { readonly kind: 'promote-permission'; readonly shareArn: string; readonly permission: ObservedPermission }
  /** The last one leaves nothing to do: what was seen before it is the target. */
  | { readonly kind: 'tag'; readonly shareArn: string; readonly isLast: boolean }
  | { readonly kind: 'untag'; readonly shareArn: string }
  | { readonly kind: 'create-share'; readonly bundle: Bundle; readonly entities: readonly string[] }
  | {
      readonly kind: 'associate';
      readonly shareArn: string;
      readonly entities: readonly string[];
      /** When RAM failed to associate some of the principals before, in milliseconds since 1970; absent where it never did. */
      readonly failedAtMs?: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'replace-permission'; readonly shareArn: string; readonly bundle: Bundle }
  | { readonly kind: 'disassociate'; readonly shareArn: string; readonly entities: readonly string[] }
  | { readonly kind: 'remove-image'; readonly shareArn: string }
  | { readonly kind: 'delete-share'; readonly shareArn: string };

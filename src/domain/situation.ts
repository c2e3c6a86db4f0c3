import type { Grant } from './grants.ts';
import type { Baseline, ObservedImage } from './observation.ts';

/** What a share that is not ours means: refuse, go on beside it, or take it over where the image is alone in it. */
export type ForeignShares = 'block' | 'leave' | 'adopt';

/** What happens to what was written where a principal does not see the image: it stays for the others, or goes back. */
export type OnNotVisible = 'keep' | 'restore';

/** What an image shall give to others, and the policy that says so. */
export interface Target {
  readonly grants: readonly Grant[];
  /** The document to put on the seed path; null to erase the policy. */
  readonly document: string | null;
}

/** What earlier acts of the same transaction found out; it only grows. */
export interface Memory {
  /** Shares seen as CREATED_FROM_POLICY, or made by us: ours, whatever they are now. */
  readonly ownShareArns: readonly string[];
  /** Shares for which RAM found no equal managed permission. */
  readonly unmatchedShareArns: readonly string[];
  /** Shares whose permission was promoted. */
  readonly promotedPermissionShareArns: readonly string[];
  /** `<share> <principal>` of what was associated already: a second failure is final. */
  readonly associated: readonly string[];
  /** What an associating that may not have been answered began from, see `attemptKey`: a failure that is newer is its own. */
  readonly attempted: readonly string[];
  /** Shares that were deleted, or left. */
  readonly removedShareArns: readonly string[];
  /** Shares of which RAM does not let us take the tag. */
  readonly taggedForGoodShareArns: readonly string[];
}

/** Everything that the next step is decided from. */
export interface Situation {
  readonly observed: ObservedImage;
  readonly baseline: Baseline;
  /** What the rollout wants; going backward, the baseline is the target and this is what may have come about. */
  readonly wanted: Target;
  readonly direction: 'forward' | 'backward';
  readonly foreignShares: ForeignShares;
  readonly onNotVisible: OnNotVisible;
  readonly memory: Memory;
  readonly acceptanceGraceMs: number;
  /** True once this transaction may have written something. */
  readonly hasWritten: boolean;
  /** True while a share may still follow the policy that was put. */
  readonly isSettling: boolean;
}

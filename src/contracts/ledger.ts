import type { ImageArn } from '../domain/arn.ts';
import type { FinalImageState } from '../domain/image-state.ts';
import type { Ledger, LedgerEntry } from '../domain/ledger.ts';
import type { Earlier, TemplateReference } from './image.ts';

/** Input of `keepLedger`. */
export interface LedgerInput {
  readonly rolloutName: string;
  /** What was recorded before this run. */
  readonly ledger: Ledger;
}

/** An image that has ended, as far as the ledger has to know. */
export interface EndedImage {
  readonly image: ImageArn;
  readonly state: FinalImageState;
  readonly hasWritten: boolean;
  readonly shareArns: readonly string[];
}

/** Input of `recordApplied`: what has come of images, but for their grants, which the activity finds out. */
export interface LedgerRecord {
  /** Name of the ledger. */
  readonly rolloutName: string;
  readonly policy: TemplateReference;
  /** For an undo, the rollout that is undone. */
  readonly earlier?: Earlier;
  readonly entries: readonly Omit<LedgerEntry, 'grantsSha256'>[];
}

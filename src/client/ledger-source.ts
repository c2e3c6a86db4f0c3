import type { ImageArn } from '../domain/arn.ts';
import type { BegunByHand, LastApplied } from '../domain/ledger.ts';
import { lastAppliedIn } from '../domain/ledger.ts';
import { keptReads } from './kept-reads.ts';
import { ledgerVersion, readLedger } from './ledger.ts';
import type { HistoryAccess } from './kept-history.ts';

/** What the ledger of a rollout name says. */
export interface KeptLedger {
  readonly applied: ReadonlyMap<ImageArn, LastApplied>;
  /** The newest rollout by hand that was not refused; null where none is known. */
  readonly byHand: BegunByHand | null;
}

// One of 10,000 images takes some megabytes.
const mostLedgers = 2;
const nothing: KeptLedger = { applied: new Map(), byHand: null };

/**
 * Gives the ledger of a rollout name, as it is when it is asked for. A look asks for each 200 of its images, and what has
 * not been added to since is not read again.
 */
export function createLedgerSource(access: HistoryAccess): (rolloutName: string) => Promise<KeptLedger> {
  const kept = keptReads<KeptLedger>(mostLedgers);
  return async (rolloutName) => {
    const version = await ledgerVersion(access, rolloutName);
    if (version === null) return nothing;
    return kept(`${rolloutName} ${version}`, async () => {
      const ledger = await readLedger(access, rolloutName);
      return { applied: lastAppliedIn(ledger), byHand: ledger.byHand ?? null };
    });
  };
}

import type { ImageArn } from '../domain/arn.ts';
import type { LastApplied } from '../domain/ledger.ts';
import { lastAppliedIn } from '../domain/ledger.ts';
import { keptReads } from './kept-reads.ts';
import { ledgerVersion, readLedger } from './ledger.ts';
import type { HistoryAccess } from './kept-history.ts';

type Applied = ReadonlyMap<ImageArn, LastApplied>;

// One of 10,000 images takes some megabytes.
const mostLedgers = 2;

/**
 * Says what was last applied to the images of a rollout name, as the ledger has it when it is asked. A look asks for each
 * 200 of its images, and what has not been added to since is not read again.
 */
export function createLedgerSource(access: HistoryAccess): (rolloutName: string) => Promise<Applied> {
  const kept = keptReads<Applied>(mostLedgers);
  return async (rolloutName) => {
    const version = await ledgerVersion(access, rolloutName);
    if (version === null) return new Map();
    return kept(`${rolloutName} ${version}`, async () => lastAppliedIn(await readLedger(access, rolloutName)));
  };
}

import { condition, continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { ledgerInput } from '../contracts/input-shapes.ts';
import type { LedgerInput } from '../contracts/ledger.ts';
import { recordSignal } from '../contracts/messages.ts';
import { aLedger } from '../contracts/value-shapes.ts';
import { imageCount } from '../domain/image-set.ts';
import type { BegunByHand, Ledger } from '../domain/ledger.ts';
import { fittingLedger, mergedLedger, newestByHand } from '../domain/ledger.ts';
import { listenTo, requireInput } from './checked.ts';
import { escaped } from './escaped.ts';
import { outliveVersions } from './outlive-versions.ts';

// Temporal refuses payloads above 2 MB.
const mostCharacters = 1_500_000;
// Whoever reads the ledger reads all that came since it was last merged.
const mostUnmergedCharacters = 500_000;
const shownEntries = 10;

outliveVersions(keepLedger);

/**
 * Keeps what was applied to which image by the rollouts of one name, for good: it outlives their histories.
 *
 * - Id: `ledger/<name>`.
 * - Messages: signal `record`, with what was done to some images, or that a rollout was begun by hand. Its history is the ledger: its input, and the signals
 *   since. Whoever merges them needs no worker.
 * - Continues as new: with all of it merged, when 0.5 MB of signals have come or Temporal suggests it.
 * - Invariants: it never ends by itself; of each image the newest record stays, in whatever order they come.
 */
export async function keepLedger(input: LedgerInput): Promise<never> {
  requireInput(input, ledgerInput);
  const { rolloutName, ledger } = input;
  const additions: Ledger[] = [];
  let unmergedCharacters = 0;
  show([ledger]);
  listenTo(recordSignal, aLedger, (addition) => {
    additions.push(addition);
    unmergedCharacters += JSON.stringify(addition).length;
    show([ledger, ...additions]);
  });
  await condition(() => unmergedCharacters > mostUnmergedCharacters || workflowInfo().continueAsNewSuggested);
  const merged = fittingLedger(mergedLedger(ledger, additions), mostCharacters);
  return continueAsNew<typeof keepLedger>({ rolloutName, ledger: merged });
}

/** Shows the newest records on the workflow's page in the Temporal UI, as a markdown table. */
function show(ledgers: readonly Ledger[]): void {
  const newest = ledgers.flatMap(({ entries }) => entries).slice(-shownEntries);
  const rows = newest.map(
    ({ at, fate, images, runId, grantsSha256 }) =>
      `| ${at} | ${fate} | ${imageCount(images)} | ${runId} | ${(grantsSha256 ?? 'unknown').slice(0, 12)} |`,
  );
  const byHand = newestByHand(ledgers);
  setCurrentDetails(
    [
      ...(byHand === undefined ? [] : [byHandText(byHand), '']),
      '| at | what | images | run | grants |',
      '|---|---|---|---|---|',
      ...rows.reverse(),
    ].join('\n'),
  );
}

function byHandText({ startedBy, startedAt, manifestSha256 }: BegunByHand): string {
  return `Last begun by hand: ${startedAt} by ${escaped(startedBy)}, manifest sha256 ${manifestSha256.slice(0, 12)}`;
}

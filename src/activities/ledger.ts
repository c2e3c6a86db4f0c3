import { mapInLanes } from '../domain/lanes.ts';
import type { Activities } from '../contracts/activities.ts';
import type { LedgerRecord } from '../contracts/ledger.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { Grant } from '../domain/grants.ts';
import { normalGrants } from '../domain/grants.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import { emptyLedger } from '../domain/ledger.ts';
import { runStep } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';
import { grantsSha256 } from './grants-hash.ts';
import { policyTarget } from './policy-target.ts';

/** An image with what it was given. */
interface Line {
  readonly image: ImageArn;
  readonly shareIds: readonly string[];
  /** Null where nobody knows. */
  readonly grants: readonly Grant[] | null;
}

// For an undo each image has a history to be read.
const atOnce = 8;

/** The steps that write down what was applied, and that a person has begun to. */
export function ledgerActivities(dependencies: Dependencies): Pick<Activities, 'recordApplied' | 'recordBegun'> {
  return {
    /**
     * Adds to the ledger what images were given, or were put back to.
     *
     * - Effect: a signal to the ledger, which is started where there is none.
     * - Repeat: harmless, since of each image the newest record stays, and the time of this one is its input.
     * - Throws: Temporal's own errors, which are repeated.
     * - Class: quick; for an undo scan, since the baselines stand in the images' own histories.
     */
    recordApplied: (input) =>
      runStep(dependencies, [], async () => {
        const grants: Record<string, readonly Grant[]> = {};
        const entries: LedgerEntry[] = [];
        for (const entry of input.entries) {
          const lines = await linesOf(dependencies, input, entry);
          for (const [sha256, alike] of byGrants(lines)) {
            const [first] = alike;
            if (sha256 !== null && first?.grants) grants[sha256] = normalGrants(first.grants);
            entries.push({ ...entry, grantsSha256: sha256, ...packed(alike) });
          }
        }
        await dependencies.addToLedger(input.rolloutName, { grants, entries });
      }),

    /**
     * Adds to the ledger that a rollout was begun by hand, so that a schedule with another manifest does not undo it.
     *
     * - Effect: a signal to the ledger, which is started where there is none.
     * - Repeat: harmless, since the newest one stays, and the time of this one is its input.
     * - Throws: Temporal's own errors, which are repeated.
     * - Class: quick.
     */
    recordBegun: ({ rolloutName, byHand }) =>
      runStep(dependencies, [], () => dependencies.addToLedger(rolloutName, { ...emptyLedger, byHand })),
  };
}

function linesOf(
  dependencies: Dependencies,
  input: LedgerRecord,
  { fate, images, shareIds }: LedgerRecord['entries'][number],
): Promise<readonly Line[]> {
  return mapInLanes([...imagesOf(images).entries()], atOnce, async ([index, image]) => ({
    image,
    shareIds: shareIds[index] ?? [],
    grants: fate === 'unproven' ? null : await grantsOf(dependencies, input, image),
  }));
}

/** What a rollout gives an image; for an undo, what it gave before. */
async function grantsOf(
  dependencies: Dependencies,
  { policy, earlier }: LedgerRecord,
  image: ImageArn,
): Promise<readonly Grant[] | null> {
  if (earlier?.kind === 'undo') {
    const transaction = await dependencies.earlierTransaction(image, earlier);
    return transaction?.baseline?.grants ?? null;
  }
  return (await policyTarget(dependencies, policy, image)).grants;
}

function byGrants(lines: readonly Line[]): ReadonlyMap<string | null, readonly Line[]> {
  const groups = new Map<string | null, Line[]>();
  for (const line of lines) {
    const sha256 = line.grants === null ? null : grantsSha256(line.grants);
    groups.set(sha256, [...(groups.get(sha256) ?? []), line]);
  }
  return groups;
}

function packed(lines: readonly Line[]): Pick<LedgerEntry, 'images' | 'shareIds'> {
  const images = compactImageSet(lines.map(({ image }) => image));
  const shareIds = new Map(lines.map((line) => [line.image, line.shareIds]));
  return { images, shareIds: imagesOf(images).map((image) => shareIds.get(image) ?? []) };
}

import { CancellationScope, log } from '@temporalio/workflow';
import type { Earlier, PolicyReference } from '../contracts/image.ts';
import type { EndedImage } from '../contracts/ledger.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import type { LedgerFate } from '../domain/ledger.ts';
import { ledgerFateOf, shareIdOf } from '../domain/ledger.ts';
import { ledgerOf } from './activities.ts';

/** What a record says of the rollout. */
export interface Recorded {
  readonly rolloutName: string;
  readonly runId: string;
  readonly manifestSha256: string | null;
  readonly policy: PolicyReference;
  readonly earlier?: Earlier;
}

/**
 * Writes into the ledger what has come of some images, also when the rollout is cancelled. A revocation is not recorded:
 * what was rolled out is still what the rollouts stand for, and drift shows what was taken from it.
 */
export async function recordApplied(recorded: Recorded, ended: readonly EndedImage[]): Promise<void> {
  const { rolloutName, runId, manifestSha256, policy, earlier } = recorded;
  if ('withoutPrincipal' in policy) return;
  const isUndo = earlier?.kind === 'undo';
  const byFate = new Map<LedgerFate, EndedImage[]>();
  for (const one of ended) {
    const fate = ledgerFateOf(one.state, { hasWritten: one.hasWritten, isUndo });
    if (fate !== null) byFate.set(fate, [...(byFate.get(fate) ?? []), one]);
  }
  if (byFate.size === 0) return;
  const at = new Date().toISOString();
  const entries = [...byFate].map(([fate, own]) => ({ fate, at, runId, manifestSha256, ...packed(own) }));
  const name = isUndo ? earlier.rolloutName : rolloutName;
  try {
    await CancellationScope.nonCancellable(() =>
      ledgerOf(`record ${ended.length} images of ${name}`).recordApplied({
        rolloutName: name,
        policy,
        ...(earlier === undefined ? {} : { earlier }),
        entries,
      }),
    );
  } catch (error) {
    // The images are as they are: that nobody could write it down changes nothing of their outcome.
    log.warn('recordApplied', { rolloutName: name, error });
  }
}

function packed(ended: readonly EndedImage[]) {
  const images = compactImageSet(ended.map(({ image }) => image));
  const shareArns = new Map(ended.map((one) => [one.image, one.shareArns]));
  return {
    images,
    shareIds: imagesOf(images).map((image) => (shareArns.get(image) ?? []).map((arn) => shareIdOf(image, arn))),
  };
}

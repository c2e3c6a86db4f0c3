import { patched, workflowInfo } from '@temporalio/workflow';
import type { RolloutInput } from '../contracts/rollout.ts';
import { scheduleNameFrom } from '../contracts/workflow-ids.ts';
import { ledgerOf } from './activities.ts';

/**
 * Writes into the ledger that a rollout was begun by hand, before it changes anything: a schedule that keeps another
 * manifest then pauses instead of undoing it. A revocation, an undo, and a rollout of a schedule decide nothing about that.
 */
export async function recordBegun({ spec, origin, undo, revocation }: RolloutInput): Promise<void> {
  const { rolloutName, manifestSha256 } = spec;
  const { startedBy } = origin;
  if (undo !== undefined || revocation !== undefined || scheduleNameFrom(startedBy) !== null) return;
  // Rollouts that were under way when this came went on without it.
  if (!patched('begun-by-hand')) return;
  const startedAt = workflowInfo().startTime.toISOString();
  await ledgerOf(`record that ${rolloutName} was begun by hand`).recordBegun({
    rolloutName,
    byHand: { startedBy, startedAt, manifestSha256 },
  });
}

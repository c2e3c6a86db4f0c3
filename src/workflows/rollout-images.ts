import { isCancellation } from '@temporalio/workflow';
import { rolloutInput } from '../contracts/input-shapes.ts';
import type { RolloutInput, RolloutOutcome } from '../contracts/rollout.ts';
import { rolloutWorkflowId } from '../contracts/workflow-ids.ts';
import { requireInput } from './checked.ts';
import { stepFailureOf } from './failures.ts';
import { showDetails } from './rollout-details.ts';
import { passGates, untilResumed } from './rollout-gate.ts';
import { listen } from './rollout-messages.ts';
import { failWork, planImages } from './rollout-plan.ts';
import type { Rollout } from './rollout-state.ts';
import { isStopped, newRollout, outcomeOf, statusOf } from './rollout-state.ts';
import { undoAborted } from './rollout-undo.ts';
import { rolloutWave } from './rollout-wave.ts';

/**
 * Rolls one policy out to many images: looks at all of them, then changes those that are not in sync, wave by wave.
 *
 * - Id: `rollout/<name>`, so a second start of a running rollout is refused.
 * - States: PLANNING, RUNNING ⇄ PAUSED, SOAKING, WAITING_FOR_APPROVAL, STOPPING; it ends SUCCEEDED or
 *   COMPLETED_WITH_FAILURES, STOPPED past the failure tolerance or at a rejection, ABORTED when it was cancelled, REFUSED
 *   before the first write where an image or a guardrail stands against it, FAILED where it could not look.
 * - Messages: updates `pause`, `resume`, `approve`, `reject`, `advance`, `abort`, `setStrategy`; query `status`, also after
 *   the end; signal `failures` of a batch.
 * - Cancel: nothing new starts, running images finish or compensate, and the result is given all the same. An abort that
 *   asks for it starts the rollout that undoes this one, and does not wait for it.
 * - Continues as new: never; 10,000 images are 50 batches, with about 10 events each.
 * - Invariants: no image is written before all were looked at; never two waves in flight; the counts always add up.
 */
export async function rolloutImages(input: RolloutInput): Promise<RolloutOutcome> {
  requireInput(input, rolloutInput, () => rolloutWorkflowId(input.spec.rolloutName));
  return run(setup(input));
}

function setup(input: RolloutInput): Rollout {
  const rollout = newRollout(input);
  listen(rollout);
  return rollout;
}

async function run(rollout: Rollout): Promise<RolloutOutcome> {
  showDetails(statusOf(rollout));
  try {
    await rollout.work.run(() => rolloutWaves(rollout));
  } catch (error) {
    if (!isCancellation(error)) failWork(rollout, stepFailureOf(error));
  }
  await undoAborted(rollout);
  const outcome = outcomeOf(rollout);
  showDetails(statusOf(rollout));
  return outcome;
}

async function rolloutWaves(rollout: Rollout): Promise<void> {
  await planImages(rollout);
  if (rollout.refusal !== null) return;
  rollout.phase = 'RUNNING';
  showDetails(statusOf(rollout));
  for (const wave of rollout.waves) {
    await untilResumed(rollout);
    await rolloutWave(rollout, wave);
    if (!isStopped(rollout)) await passGates(rollout, wave);
    if (isStopped(rollout)) return;
  }
}

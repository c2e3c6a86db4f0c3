import type { ActivityOptions } from '@temporalio/workflow';
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../contracts/activities.ts';
import type { Timing } from '../domain/timing.ts';

// Every step may write, or be about to: the workflow goes on only when it knows how the step has ended (the default
// would let the undo race the write).
const always: ActivityOptions = {
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  // The pauses between attempts come with each failure; these stand where a worker died.
  retry: { initialInterval: '1s', maximumInterval: '30s' },
};

// An attempt waits up to 45 s in all for AWS to recover, and for the pace of its clients.
const attempt: ActivityOptions = { ...always, startToCloseTimeout: '5m', heartbeatTimeout: '15s' };

// Temporal's own limit stands behind the one that a step keeps itself, since a step can say what it waited for.
const beyondMs = 60 * 60 * 1000;

/** The steps of one image, each with the timeout and the summary (at most 400 bytes) that the UI shows. */
export function imageSteps(label: string, timing: Timing): Activities {
  const step = (word: string, timeoutMs: number): Activities =>
    proxyActivities<Activities>({
      ...attempt,
      scheduleToCloseTimeout: timeoutMs + beyondMs,
      summary: `${word} ${label}`.slice(0, 200),
    });
  return {
    ...step('validate', timing.busyTimeoutMs),
    validateImage: step('validate', timing.busyTimeoutMs).validateImage,
    putImagePolicy: step('put the policy of', timing.promotionTimeoutMs).putImagePolicy,
    promoteShares: step('promote the shares of', timing.promotionTimeoutMs).promoteShares,
    alignShares: step('align the shares of', timing.promotionTimeoutMs).alignShares,
    verifyVisibility: step('verify the visibility of', timing.verificationTimeoutMs).verifyVisibility,
    restoreBaseline: proxyActivities<Activities>({
      ...attempt,
      scheduleToCloseTimeout: timing.restoreTimeoutMs,
      summary: `restore the baseline of ${label}`.slice(0, 200),
    }).restoreBaseline,
  };
}

/** Looks at the images of a rollout; the summary says which. */
export function inspectionOf(
  summary: string,
): Pick<
  Activities,
  'selectImages' | 'inspectImages' | 'reinspectImages' | 'describeImages' | 'readQuotas' | 'selectWritten'
> {
  return proxyActivities<Activities>({ ...attempt, startToCloseTimeout: '30m', scheduleToCloseTimeout: '3h', summary });
}

/** Writes into the ledger; the summary says what. */
export function ledgerOf(summary: string): Pick<Activities, 'recordApplied' | 'recordBegun'> {
  return proxyActivities<Activities>({ ...attempt, scheduleToCloseTimeout: beyondMs, summary: summary.slice(0, 200) });
}

/** Waits for the images of a batch that was ended from outside, as long as it takes; the summary says of which. */
export function accountOf(summary: string): Pick<Activities, 'accountForBatch'> {
  return proxyActivities<Activities>({ ...attempt, summary: summary.slice(0, 200) });
}

/** Waits for the lock of an image, as long as it takes. */
export function lockOf(label: string): Pick<Activities, 'awaitUnlocked'> {
  return proxyActivities<Activities>({ ...attempt, startToCloseTimeout: '30s', summary: `wait for ${label}` });
}

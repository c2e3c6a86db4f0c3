import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/common';
import { ledgerInput } from '../contracts/input-shapes.ts';
import type { LedgerInput } from '../contracts/ledger.ts';
import { recordSignal } from '../contracts/messages.ts';
import { aLedger } from '../contracts/value-shapes.ts';
import { ledgerNameFrom, ledgerWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { Ledger } from '../domain/ledger.ts';
import { emptyLedger, imagesInLedger, mergedLedger } from '../domain/ledger.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { readHistory } from './history.ts';
import type { HistoryAccess } from './kept-history.ts';

type KeepLedger = (input: LedgerInput) => Promise<never>;

const historyTimeoutMs = 60_000;
const listTimeoutMs = 120_000;
const recheckMs = 20;
const mostLedgersAtOnce = 8;
// Of Temporal's enum PendingWorkflowTaskState.
const startedTask = 2;

/**
 * What rollouts of a name have applied to which image, out of the history of the workflow that keeps it; empty where nothing
 * was ever applied. It needs no worker, and has all that was recorded before it was asked, also where the workflow was
 * terminated since.
 */
export async function readLedger(access: HistoryAccess, rolloutName: string): Promise<Ledger> {
  const { client, call } = access;
  const workflowId = ledgerWorkflowId(rolloutName);
  try {
    await writtenVersion(access, workflowId);
    const events = await call(() => readHistory(client, workflowId), historyTimeoutMs);
    const parts = events.flatMap((event) => {
      if (event.kind === 'started') return isLedgerInput(event.input) ? event.input.ledger : [];
      // Anybody may have sent one by hand; the workflow has passed over what is no ledger.
      return event.kind === 'signalled' && event.name === recordSignal.name && isLedger(event.input) ? event.input : [];
    });
    return mergedLedger(emptyLedger, parts);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return emptyLedger;
    throw error;
  }
}

/** A text that is the same as long as nothing is added to the ledger of a rollout name; null where there is none. */
export async function ledgerVersion(access: HistoryAccess, rolloutName: string): Promise<string | null> {
  try {
    return await writtenVersion(access, ledgerWorkflowId(rolloutName));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Adds to the ledger of a rollout name, which is started where there is none. */
export async function addToLedger(
  access: HistoryAccess & { readonly taskQueue: string },
  rolloutName: string,
  addition: Ledger,
): Promise<void> {
  const { client, taskQueue, call } = access;
  const workflowId = ledgerWorkflowId(rolloutName);
  try {
    await call(() => client.workflow.getHandle(workflowId).signal(recordSignal, addition));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    // Whoever terminated it did not say that nothing was applied.
    const ledger = await readLedger(access, rolloutName);
    await call(() =>
      client.workflow.signalWithStart<KeepLedger, [Ledger]>('keepLedger', {
        workflowId,
        taskQueue,
        args: [{ rolloutName, ledger }],
        signal: recordSignal,
        signalArgs: [addition],
        staticSummary: `What the rollouts of ${rolloutName} have applied to which image`,
        staticDetails: 'Its input and its signals are the ledger, which drift reads; it outlives the rollouts.',
      }),
    );
  }
}

/** Every image in the ledger of any rollout name. */
export async function imagesInLedgers(access: HistoryAccess): Promise<readonly ImageArn[]> {
  const { client, call } = access;
  const names: string[] = [];
  await call(async () => {
    const query = "WorkflowType = 'keepLedger' AND ExecutionStatus = 'Running'";
    for await (const { workflowId } of client.workflow.list({ query })) names.push(ledgerNameFrom(workflowId));
  }, listTimeoutMs);
  const ledgers = await mapInLanes(names, mostLedgersAtOnce, (name) => readLedger(access, name));
  return [...new Set(ledgers.flatMap(imagesInLedger))];
}

/** A signal that comes while a workflow task is under way is in the history when that has ended, or timed out. */
async function writtenVersion({ client, call }: HistoryAccess, workflowId: string): Promise<string> {
  for (;;) {
    const { raw, runId, historyLength } = await call(() => client.workflow.getHandle(workflowId).describe());
    if (Number(raw.pendingWorkflowTask?.state) !== startedTask) return `${runId} ${historyLength}`;
    await sleep(recheckMs);
  }
}

// Written by `addToLedger` and `keepLedger` alone.
function isLedgerInput(value: unknown): value is LedgerInput {
  return ledgerInput(value, '') === null;
}

function isLedger(value: unknown): value is Ledger {
  return aLedger(value, '') === null;
}

import type { Client } from '@temporalio/client';
import type { Earlier } from '../contracts/image.ts';
import type { CutOffBatch } from '../contracts/batch.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { Ledger } from '../domain/ledger.ts';
import { createBaselineSource } from './baseline-source.ts';
import { batchEnd } from './batch-account.ts';
import type { EarlierEnds } from './earlier-transaction.ts';
import { earlierTransaction } from './earlier-transaction.ts';
import { holdFlapping } from './flapping.ts';
import { readHolds } from './holds.ts';
import { createLedgerSource } from './ledger-source.ts';
import { addToLedger } from './ledger.ts';
import { createPolicySource } from './policy-source.ts';
import { readRollout } from './read-report.ts';
import type { NoteChange } from './schedule-note.ts';
import { noteSchedule } from './schedule-note.ts';
import { sharedRead } from './shared-read.ts';
import { isWorkflowOpen, openImageWorkflows } from './workflow-open.ts';

// Every write asks for the holds, every slice of a plan for open images, and those that go on together share an answer.
const sharedPauseMs = 50;

/** What the activities of a worker ask of Temporal, as their `Dependencies` have it; all over one client. */
export function temporalSources(client: Client, taskQueue: string) {
  // Temporal repeats the activity that asks, so a call needs no deadline of its own.
  const access = {
    client,
    taskQueue,
    namespace: client.options.namespace,
    call: <R>(calls: () => Promise<R>) => calls(),
  };
  const ledgerOf = createLedgerSource(access);
  const keptBaseline = createBaselineSource(client);
  return {
    policyTemplate: createPolicySource(client),
    earlierTransaction: (image: ImageArn, earlier: Earlier): Promise<EarlierEnds | null> =>
      earlier.baselines === undefined
        ? earlierTransaction(client, image, earlier)
        : keptBaseline(image, earlier.baselines),
    isWorkflowOpen: (workflowId: string) => isWorkflowOpen(client, workflowId),
    openImageWorkflows: sharedRead(() => openImageWorkflows(client), sharedPauseMs),
    writtenImages: async (rolloutName: string, runId: string) =>
      (await readRollout(access, rolloutName, runId)).written,
    batchEnd: (batch: CutOffBatch) => batchEnd(access, batch),
    addToLedger: (rolloutName: string, addition: Ledger) => addToLedger(access, rolloutName, addition),
    lastApplied: async (rolloutName: string) => (await ledgerOf(rolloutName)).applied,
    begunByHand: async (rolloutName: string) => (await ledgerOf(rolloutName)).byHand,
    noteSchedule: (scheduleName: string, change: NoteChange) => noteSchedule(client, scheduleName, change),
    holdFlapping: (image: ImageArn, scheduleName: string) => holdFlapping(access, image, scheduleName),
    holds: sharedRead(() => readHolds(client, taskQueue), sharedPauseMs),
  };
}

import type { Client } from '@temporalio/client';
import type { Earlier, TemplateReference } from '../contracts/image.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { Hold } from '../domain/holds.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import type { LastApplied, Ledger } from '../domain/ledger.ts';
import { lastAppliedIn } from '../domain/ledger.ts';
import type { RolloutRun } from '../domain/schedule-standing.ts';
import { createBaselineSource } from './baseline-source.ts';
import type { EarlierEnds } from './earlier-transaction.ts';
import { earlierTransaction } from './earlier-transaction.ts';
import { holdFlapping } from './flapping.ts';
import { readHolds } from './holds.ts';
import { addToLedger, readLedger } from './ledger.ts';
import { createPolicySource } from './policy-source.ts';
import { readReport } from './read-report.ts';
import { rolloutRuns } from './rollout-runs.ts';
import { noteSchedule } from './schedule-note.ts';
import { sharedRead } from './shared-read.ts';
import { isWorkflowOpen } from './workflow-open.ts';
import { writtenImages } from './written-images.ts';

/** What the activities of a worker ask of Temporal. */
export interface TemporalSources {
  readonly policyTemplate: (reference: TemplateReference) => Promise<string | null>;
  readonly earlierTransaction: (image: ImageArn, earlier: Earlier) => Promise<EarlierEnds | null>;
  readonly isWorkflowOpen: (workflowId: string) => Promise<boolean>;
  readonly writtenImages: (rolloutName: string, runId: string) => Promise<CompactImageSet>;
  readonly addToLedger: (rolloutName: string, addition: Ledger) => Promise<void>;
  readonly lastApplied: (rolloutName: string) => Promise<ReadonlyMap<ImageArn, LastApplied>>;
  readonly rolloutRuns: (rolloutName: string) => Promise<readonly RolloutRun[]>;
  readonly noteSchedule: (
    scheduleName: string,
    change: { readonly note: string; readonly isPausing: boolean },
  ) => Promise<void>;
  readonly holdFlapping: (image: ImageArn, scheduleName: string) => Promise<void>;
  readonly holds: () => Promise<readonly Hold[]>;
}

// Every write asks for the holds, and images that go on together share an answer.
const holdsPauseMs = 50;

/** Makes the sources of one process that works on a task queue, all over one client. */
export function temporalSources(client: Client, taskQueue: string): TemporalSources {
  // Temporal repeats the activity that asks, so a call needs no deadline of its own.
  const access = {
    client,
    taskQueue,
    namespace: client.options.namespace,
    call: <R>(calls: () => Promise<R>) => calls(),
  };
  const keptBaseline = createBaselineSource(client);
  return {
    policyTemplate: createPolicySource(client),
    earlierTransaction: (image, earlier) =>
      earlier.baselines === undefined
        ? earlierTransaction(client, image, earlier)
        : keptBaseline(image, earlier.baselines),
    isWorkflowOpen: (workflowId) => isWorkflowOpen(client, workflowId),
    writtenImages: async (rolloutName, runId) => writtenImages(await readReport(access, rolloutName, runId)),
    addToLedger: (rolloutName, addition) => addToLedger(access, rolloutName, addition),
    lastApplied: async (rolloutName) => lastAppliedIn(await readLedger(access, rolloutName)),
    rolloutRuns: (rolloutName) => rolloutRuns(access, rolloutName),
    noteSchedule: (scheduleName, change) => noteSchedule(client, scheduleName, change),
    holdFlapping: (image, scheduleName) => holdFlapping(access, image, scheduleName),
    holds: sharedRead(() => readHolds(client, taskQueue), holdsPauseMs),
  };
}

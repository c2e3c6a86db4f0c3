import type { Client } from '@temporalio/client';
import type { Earlier, TemplateReference } from '../contracts/image.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { Hold } from '../domain/holds.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { createBaselineSource } from './baseline-source.ts';
import type { EarlierEnds } from './earlier-transaction.ts';
import { earlierTransaction } from './earlier-transaction.ts';
import { readHolds } from './holds.ts';
import { createPolicySource } from './policy-source.ts';
import { readReport } from './read-report.ts';
import { sharedRead } from './shared-read.ts';
import { isWorkflowOpen } from './workflow-open.ts';
import { writtenImages } from './written-images.ts';

/** What the activities of a worker read from Temporal. */
export interface TemporalSources {
  readonly policyTemplate: (reference: TemplateReference) => Promise<string | null>;
  readonly earlierTransaction: (image: ImageArn, earlier: Earlier) => Promise<EarlierEnds | null>;
  readonly isWorkflowOpen: (workflowId: string) => Promise<boolean>;
  readonly writtenImages: (rolloutName: string, runId: string) => Promise<CompactImageSet>;
  readonly holds: () => Promise<readonly Hold[]>;
}

// Every write asks for the holds, and images that go on together share an answer.
const holdsPauseMs = 50;

/** Makes the sources of one process that works on a task queue, all over one client. */
export function temporalSources(client: Client, taskQueue: string): TemporalSources {
  const keptBaseline = createBaselineSource(client);
  return {
    policyTemplate: createPolicySource(client),
    earlierTransaction: (image, earlier) =>
      earlier.baselines === undefined
        ? earlierTransaction(client, image, earlier)
        : keptBaseline(image, earlier.baselines),
    isWorkflowOpen: (workflowId) => isWorkflowOpen(client, workflowId),
    writtenImages: async (rolloutName, runId) => {
      // Temporal repeats the activity that asks, so a call needs no deadline of its own.
      const access = { client, namespace: client.options.namespace, call: <R>(calls: () => Promise<R>) => calls() };
      return writtenImages(await readReport(access, rolloutName, runId));
    },
    holds: sharedRead(() => readHolds(client, taskQueue), holdsPauseMs),
  };
}

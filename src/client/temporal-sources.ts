import type { Client } from '@temporalio/client';
import type { Earlier, PolicyReference } from '../contracts/image.ts';
import type { ImageArn } from '../domain/arn.ts';
import { earlierTransaction } from './earlier-transaction.ts';
import { createPolicySource } from './policy-source.ts';
import { isWorkflowOpen } from './workflow-open.ts';

/** What the activities of a worker read from Temporal. */
export interface TemporalSources {
  readonly policyTemplate: (reference: PolicyReference) => Promise<string | null>;
  readonly earlierTransaction: (image: ImageArn, earlier: Earlier) => ReturnType<typeof earlierTransaction>;
  readonly isWorkflowOpen: (workflowId: string) => Promise<boolean>;
}

/** Makes the sources of one process, all over one client. */
export function temporalSources(client: Client): TemporalSources {
  return {
    policyTemplate: createPolicySource(client),
    earlierTransaction: (image, earlier) => earlierTransaction(client, image, earlier),
    isWorkflowOpen: (workflowId) => isWorkflowOpen(client, workflowId),
  };
}

import type { PolicyReference } from '../contracts/image.ts';
import type { AwsClients } from '../aws/clients.ts';
import type { WorkerLimits } from '../domain/limits.ts';

/** What the activities of one worker share; assembled once by `worker.ts`. */
export interface Dependencies {
  readonly clients: AwsClients;
  /** Gives the policy template that a reference names; null means that nobody is wanted. */
  readonly policyTemplate: (reference: PolicyReference) => Promise<string | null>;
  /** Whether a workflow of this id is open. */
  readonly isWorkflowOpen: (workflowId: string) => Promise<boolean>;
  /** The worker's own limits, and the SHA-256 of their file; null where it has none. */
  readonly limits: { readonly rules: WorkerLimits; readonly sha256: string } | null;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** By which the delays before repeats are multiplied: 1, less in tests. */
  readonly delayFactor: number;
}

import type { Client } from '@temporalio/client';
import type { TemplateReference } from '../contracts/image.ts';
import type { RolloutSpec } from '../contracts/rollout.ts';
import { AppError } from '../domain/errors.ts';
import { sha256 as sha256Of } from '../sha256.ts';
import { readWorkflowInput } from './history.ts';
import { keptReads } from './kept-reads.ts';

/** Gives the policy template that a reference names; null means that nobody is wanted. */
export type PolicySource = (reference: TemplateReference) => Promise<string | null>;

// A worker serves few rollouts at a time, and a template has at most 30,000 characters.
const keptTemplates = 64;

/**
 * Makes a source for one process. A template is fetched from the first history event of the rollout that carries it, once for
 * all images, and is available as long as that history, also when the rollout was terminated. A text whose SHA-256 is not the
 * one of the reference is never given out: `internal` is thrown. Errors of Temporal pass as they came, and are not kept.
 */
export function createPolicySource(client: Client): PolicySource {
  const templateOf = keptReads<string | null>(keptTemplates);
  return async (reference) => {
    if ('template' in reference) return checked(reference.sha256, reference.template);
    return templateOf(reference.sha256, () => fetchTemplate(client, reference));
  };
}

async function fetchTemplate(
  client: Client,
  { sha256, workflowId, runId }: Extract<TemplateReference, { workflowId: string }>,
): Promise<string | null> {
  const input = await readWorkflowInput(client, workflowId, runId);
  if (carriesSpec(input)) return checked(sha256, input.spec.policyTemplate);
  throw new AppError('internal', `The first event of ${workflowId} does not carry a policy`, { item: workflowId });
}

/** Rollouts carry a spec, looks and the runs of schedules too. */
function carriesSpec(input: unknown): input is { readonly spec: RolloutSpec } {
  return typeof input === 'object' && input !== null && 'spec' in input && typeof input.spec === 'object';
}

function checked(sha256: string, template: string | null): string | null {
  const actual = sha256Of(template ?? '');
  if (actual === sha256) return template;
  throw new AppError('internal', `A policy template has the SHA-256 ${actual}, not ${sha256}`, { item: sha256 });
}

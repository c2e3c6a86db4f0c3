import type { z } from 'zod';
import type { Problem } from '../domain/errors.ts';
import { AppError } from '../domain/errors.ts';
import type { AssumableRole, WorkerLimits } from '../domain/limits.ts';
import { sha256 } from '../sha256.ts';
import { limitsJsonSchema, limitsSchema } from './limits-schema.ts';
import type { CheckedFile } from './schema-problems.ts';
import { schemaProblems, syntaxProblems } from './schema-problems.ts';
import { requireTextFile } from './text-file.ts';
import { readYaml } from './yaml-source.ts';

/** The limits of a worker, and the hash of their file that reports carry. */
export interface LoadedLimits {
  readonly rules: WorkerLimits;
  readonly sha256: string;
}

/**
 * Reads the file that POLICY_ROLLOUT_LIMITS names. Throws `limits-invalid` with every problem at its place, or
 * `file-not-found`: a worker whose limits cannot be read must not start without them.
 */
export async function loadLimits(path: string): Promise<LoadedLimits> {
  const { text, rawText } = await requireTextFile(path, 'limits-invalid');
  const source = readYaml(text);
  const file: CheckedFile = { label: path, source, jsonSchema: limitsJsonSchema(), code: 'limits-invalid' };
  const parsed = limitsSchema.safeParse(source.value);
  if (source.problems.length > 0) throw refusal(path, syntaxProblems(file));
  if (!parsed.success) throw refusal(path, schemaProblems(file, parsed.error.issues));
  return Object.freeze({ rules: rulesOf(parsed.data), sha256: sha256(rawText) });
}

function rulesOf({ ownerAccounts, assumableRoles, grantTo, maxImages }: z.output<typeof limitsSchema>): WorkerLimits {
  const owners = Object.entries(ownerAccounts).map(([account, owner]) => [account, ownerRoleOf(owner)] as const);
  return Object.freeze({
    ownerAccounts: Object.fromEntries(owners),
    assumableRoles,
    grantableAccounts: grantTo.accounts,
    grantableOrganizations: grantTo.organizations,
    maxImages,
  });
}

function ownerRoleOf({ roleArn, externalId }: { roleArn?: string; externalId?: string }): AssumableRole | null {
  if (roleArn === undefined) return null;
  return externalId === undefined ? { roleArn } : { roleArn, externalId };
}

function refusal(path: string, problems: readonly Problem[]): AppError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new AppError('limits-invalid', `${path} has ${count}`, { item: path, problems });
}

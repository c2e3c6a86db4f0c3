import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import type { JournalEntry } from '../../src/simulator/journal.ts';

/** One statement of an IAM policy, as far as the tests look at it. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/** An IAM policy. */
export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** The folder of the roles' policies. */
export const iamFolder = join(projectRoot, 'deploy', 'iam');

/** Reads a policy of deploy/iam, such as `owner-role.permissions`. */
export async function policyOf(name: string): Promise<PolicyDocument> {
  return JSON.parse(await readFile(join(iamFolder, `${name}.json`), 'utf8')) as PolicyDocument;
}

/** The actions that a policy allows, sorted. */
export function actionsOf({ Statement }: PolicyDocument): readonly string[] {
  return Statement.flatMap(({ Action }) => Action).sort();
}

// AWS answers it whatever a policy says; doctor asks who the worker is.
const neverDenied = ['sts:GetCallerIdentity'];

/** The key of a person who follows a runbook with rights of their own. */
export const personAccessKeyId = 'AKIA111111111111HAND';

/** Throws where the product has called AWS for something that no role of deploy/iam allows. */
export async function requireWithinRoles(journal: readonly JournalEntry[]): Promise<void> {
  const roles = ['owner-role.permissions', 'reader-role.permissions', 'worker-role.permissions'];
  const allowed = new Set([...(await Promise.all(roles.map(policyOf))).flatMap(actionsOf), ...neverDenied]);
  const calls = journal
    .filter(({ actor, accessKeyId }) => actor === 'client' && accessKeyId !== personAccessKeyId)
    .map(({ service, operation }) => `${service}:${operation}`);
  const beyond = [...new Set(calls)].filter((action) => !allowed.has(action));
  if (beyond.length > 0) throw new Error(`No role allows ${beyond.join(', ')}`);
}

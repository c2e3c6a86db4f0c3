import type { ImageArn } from '../domain/arn.ts';
import { imageArnParts } from '../domain/arn.ts';
import { partitionOf } from '../domain/image-set.ts';
import { shortHash } from '../domain/short-hash.ts';
import type { LookPurpose } from './plan.ts';

const rolloutPrefix = 'rollout/';
const ledgerPrefix = 'ledger/';
const undoSuffix = '-undo';
const longestName = 64;

/** Whether a text can be the name of a rollout. */
export function isRolloutName(text: string): boolean {
  return /^[a-z0-9-]{1,64}$/.test(text);
}

/** The workflow id of a rollout. */
export function rolloutWorkflowId(rolloutName: string): string {
  return `${rolloutPrefix}${rolloutName}`;
}

/** The name of a rollout out of its workflow id; null for any other id, also that of a batch. */
export function rolloutNameFrom(workflowId: string): string | null {
  const name = workflowId.slice(rolloutPrefix.length);
  return workflowId.startsWith(rolloutPrefix) && isRolloutName(name) ? name : null;
}

/** The workflow id of a look at the images of a manifest: `plan/<name>/<unique>`. */
export function planWorkflowId(purpose: LookPurpose, rolloutName: string, unique: string): string {
  return `${purpose}/${rolloutName}/${unique}`;
}

/** The workflow id of a batch: unique for a run of a rollout. */
export function batchWorkflowId(rolloutName: string, runId: string, waveName: string, index: number): string {
  // Run ids begin with the time: only their ends tell runs of the same minute apart.
  return `${rolloutWorkflowId(rolloutName)}/${runId.slice(-8)}/${waveName}/${String(index).padStart(4, '0')}`;
}

/** The workflow id of an image: the same in all rollouts, so that it is the image's lock. */
export function imageWorkflowId(image: ImageArn): string {
  const { name, version, build } = imageArnParts(image);
  return `image-policy/${partitionOf(image)}/${name}/${version}/${build}`;
}

/** The workflow id of the holds of all workers of a task queue. */
export function holdsWorkflowId(taskQueue: string): string {
  return `holds/${taskQueue}`;
}

/** The workflow id of what was applied by rollouts of a name. */
export function ledgerWorkflowId(rolloutName: string): string {
  return `${ledgerPrefix}${rolloutName}`;
}

/** The name of the rollout out of the workflow id of its ledger. */
export function ledgerNameFrom(workflowId: string): string {
  return workflowId.slice(ledgerPrefix.length);
}

/** What the workflow ids begin with that carry the baselines of a file for an undo. */
export function baselinesIdPrefix(rolloutName: string, unique: string): string {
  return `baselines/${rolloutName}/${unique}`;
}

/** The workflow id of one chunk of them. */
export function baselinesWorkflowId(prefix: string, chunk: number): string {
  return `${prefix}/${String(chunk).padStart(4, '0')}`;
}

/** The wave that a batch belongs to, out of its workflow id; null for any other id. */
export function waveNameFrom(workflowId: string): string | null {
  return workflowId.startsWith(rolloutPrefix) ? (workflowId.split('/')[3] ?? null) : null;
}

/** The name of the rollout that undoes another one; it fits where that name does, and what is cut off is told apart. */
export function undoNameOf(rolloutName: string): string {
  if (rolloutName.length <= longestName - undoSuffix.length) return `${rolloutName}${undoSuffix}`;
  const hash = shortHash(rolloutName);
  const room = longestName - undoSuffix.length - hash.length - 1;
  return `${rolloutName.slice(0, room)}-${hash}${undoSuffix}`;
}

const schedulePrefix = 'schedule/';

/** The id of a schedule; the workflows that it starts have the time behind it. */
export function scheduleId(scheduleName: string): string {
  return `${schedulePrefix}${scheduleName}`;
}

/** The name of a schedule out of its id; null for any other id. */
export function scheduleNameFrom(id: string): string | null {
  const name = id.slice(schedulePrefix.length);
  return id.startsWith(schedulePrefix) && isRolloutName(name) ? name : null;
}

/** The time, as ISO text, for which a schedule has started a workflow; null where no schedule has. */
export function scheduledTimeFrom(workflowId: string): string | null {
  return /-(\d{4}-\d{2}-\d{2}T[\d:.]+Z)$/.exec(workflowId)?.[1] ?? null;
}

import type { ImageArn } from '../domain/arn.ts';
import { imageArnParts } from '../domain/arn.ts';
import { partitionOf } from '../domain/image-set.ts';
import type { LookPurpose } from './plan.ts';

const rolloutPrefix = 'rollout/';

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

/** The name of the rollout that undoes another one; it fits where that name does. */
export function undoNameOf(rolloutName: string): string {
  return `${rolloutName.slice(0, 59)}-undo`;
}

import { WorkflowNotFoundError } from '@temporalio/common';
import type { PolicyReference } from '../contracts/image.ts';
import type { RolloutReport } from '../contracts/report.ts';
import type { RolloutInput } from '../contracts/rollout.ts';
import type { AppliedImages } from '../contracts/schedule.ts';
import { rolloutWorkflowId, undoNameOf } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { parseImageArn } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import { compactImageSet } from '../domain/image-set.ts';
import type { ImageState } from '../domain/image-state.ts';
import { readWorkflowInput } from './history.ts';
import type { HistoryAccess } from './read-report.ts';
import { readReport } from './read-report.ts';
import { isRolloutInput } from './report.ts';

/** What the last rollout of a name has applied. */
export interface LastApplied {
  readonly runId: string;
  readonly finishedAt: string;
  readonly policy: PolicyReference;
  /** Images to which the policy was applied, or was applied already. */
  readonly images: ReadonlySet<string>;
}

const appliedStates: ReadonlySet<ImageState> = new Set(['SUCCEEDED', 'UNCHANGED', 'INCONCLUSIVE']);

/**
 * What the newest finished rollout of a name has applied to which images, as its histories tell it; null where none has
 * applied anything, or where it was undone since.
 */
export async function lastApplied(access: HistoryAccess, rolloutName: string): Promise<LastApplied | null> {
  const workflowId = rolloutWorkflowId(rolloutName);
  const [undone] = await finishedRuns(access, rolloutWorkflowId(undoNameOf(rolloutName)));
  for (const { runId, startedAtMs } of await finishedRuns(access, workflowId)) {
    if (undone !== undefined && undone.startedAtMs > startedAtMs) return null;
    const run = await readRun(access, rolloutName, runId);
    const applied = (run?.report.images ?? []).filter(({ state }) => appliedStates.has(state));
    if (run === null || applied.length === 0) continue;
    const policy = { sha256: run.input.spec.policySha256, workflowId, runId };
    const images = new Set(applied.map(({ imageArn }) => imageArn));
    return { runId, finishedAt: run.report.finishedAt ?? '', policy, images };
  }
  return null;
}

/**
 * Every image that any finished rollout of a name was applied to, with the policy of the newest one: a scheduled run rolls
 * out to a few images only. What was undone since is among them, so that it does not read as new.
 */
export async function appliedImages(access: HistoryAccess, rolloutName: string): Promise<AppliedImages | null> {
  const workflowId = rolloutWorkflowId(rolloutName);
  const images: ImageArn[] = [];
  let policy: PolicyReference | null = null;
  for (const { runId } of await finishedRuns(access, workflowId)) {
    const run = await readRun(access, rolloutName, runId);
    const applied = (run?.report.images ?? []).filter(({ state }) => appliedStates.has(state));
    if (run === null || applied.length === 0) continue;
    policy ??= { sha256: run.input.spec.policySha256, workflowId, runId };
    images.push(...applied.map(({ imageArn }) => parseImageArn(imageArn)));
  }
  return policy === null ? null : { policy, images: compactImageSet(images) };
}

interface FinishedRun {
  readonly runId: string;
  readonly startedAtMs: number;
}

interface Run {
  readonly input: RolloutInput;
  readonly report: RolloutReport;
}

/** Newest first. */
async function finishedRuns({ client, call }: HistoryAccess, workflowId: string): Promise<readonly FinishedRun[]> {
  const query = `WorkflowId = '${workflowId}' AND ExecutionStatus != 'Running'`;
  const runs: FinishedRun[] = [];
  await call(async () => {
    for await (const { runId, startTime } of client.workflow.list({ query })) {
      runs.push({ runId, startedAtMs: startTime.getTime() });
    }
  });
  return runs.sort((left, right) => right.startedAtMs - left.startedAtMs);
}

/** Null where the history is gone. */
async function readRun(access: HistoryAccess, rolloutName: string, runId: string): Promise<Run | null> {
  try {
    const input = await access.call(() => readWorkflowInput(access.client, rolloutWorkflowId(rolloutName), runId));
    if (!isRolloutInput(input)) return null;
    return { input, report: await readReport(access, rolloutName, runId) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    if (error instanceof AppError && error.code === 'rollout-not-found') return null;
    throw error;
  }
}

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import type { ImageInput } from '../contracts/image.ts';
import type { RolloutInput, RolloutOrigin, RolloutSpec } from '../contracts/rollout.ts';
import { scheduledRunAnnotation } from '../contracts/schedule.ts';
import { imageArnAttribute, rolloutNameAttribute } from '../contracts/search-attributes.ts';
import { imageWorkflowId, rolloutWorkflowId } from '../contracts/workflow-ids.ts';
import { imageLabel } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import { imageCount } from '../domain/image-set.ts';
import { amountText } from '../domain/strategy.ts';
import type { TemporalAccess } from './connection.ts';
import type { RolloutMemo } from '../contracts/rollout-memo.ts';
import { readRolloutMemo, rolloutMemo } from '../contracts/rollout-memo.ts';

/** A workflow that was started, or one of the same content that ran already. */
export interface Started {
  readonly workflowId: string;
  readonly runId: string;
  /** True where the rollout was running before, with the same manifest. */
  readonly isAttached: boolean;
  /** What it cannot do, and people have to know. */
  readonly warning?: string;
}

// Temporal refuses payloads above 2 MB, and this one travels in commands that have more beside it.
const maxInputBytes = 1_500_000;

// Of five; its children and activities have it, too. A server that knows no priorities takes no notice.
const firstPriority = { priorityKey: 1 } as const;

const startOptions = { workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'FAIL' } as const;

/** Starts a rollout, or attaches to a running one of the same name and manifest; see `PolicyRolloutClient.startRollout`. */
export async function startRollout(access: TemporalAccess, input: RolloutInput): Promise<Started> {
  const { spec, origin } = input;
  requireFittingInput(input, 'rollout', spec.rolloutName);
  const workflowId = rolloutWorkflowId(spec.rolloutName);
  for (;;) {
    const runId = await startUnlessRunning(access, workflowId, {
      ...startOptions,
      args: [input],
      memo: rolloutMemo(input),
      typedSearchAttributes: [{ key: rolloutNameAttribute, value: spec.rolloutName }],
      staticSummary: summaryOf(input),
      staticDetails: rolloutDetails(spec, origin),
      ...(spec.options.isUrgent === true ? { priority: firstPriority } : {}),
    });
    if (runId !== null) return { workflowId, runId, isAttached: false };
    const running = await access.call(() => access.client.workflow.getHandle(workflowId).describe());
    // It may have ended between the two calls.
    if (running.status.name !== 'RUNNING') continue;
    requireSame(running, input);
    return { workflowId, runId: running.runId, isAttached: true };
  }
}

/** Attaches to the rollout of a manifest that is running; see `PolicyRolloutClient.runningRollout`. */
export async function runningRollout(access: TemporalAccess, spec: RolloutSpec): Promise<Started | null> {
  const workflowId = rolloutWorkflowId(spec.rolloutName);
  const running = await access.call(() => describeOpen(access, workflowId));
  if (running === null) return null;
  requireSame(running, { spec });
  return { workflowId, runId: running.runId, isAttached: true };
}

async function describeOpen({ client }: TemporalAccess, workflowId: string): Promise<RunningRollout | null> {
  try {
    const running = await client.workflow.getHandle(workflowId).describe();
    return running.status.name === 'RUNNING' ? running : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

type RunningRollout = Pick<WorkflowExecutionDescription, 'runId' | 'startTime' | 'memo'>;

/** Throws `rollout-running` where a running rollout is not just what is to be started. */
function requireSame({ memo, startTime }: RunningRollout, asked: Pick<RolloutInput, 'spec' | 'plan'>): void {
  const { rolloutName } = asked.spec;
  const difference = differenceTo(readRolloutMemo(memo), asked);
  if (difference === null) return;
  const detail = `A rollout ${rolloutName} is running ${difference}, since ${startTime.toISOString()}`;
  throw new AppError('rollout-running', detail, { item: rolloutName });
}

/** What tells a running rollout from what is to be started, in words; null where it is the same. */
export function differenceTo(
  { manifestSha256, planSha256, annotations, startedBy }: RolloutMemo,
  { spec, plan }: Pick<RolloutInput, 'spec' | 'plan'>,
): string | null {
  if (manifestSha256 !== spec.manifestSha256) return 'with another manifest';
  if (annotations[scheduledRunAnnotation] !== undefined) {
    return `for ${startedBy}, at no more images than that has chosen; apply again when it has ended`;
  }
  return plan === undefined || plan.planSha256 === planSha256 ? null : 'with another plan';
}

/** Starts the transaction of one image; see `PolicyRolloutClient.startImage`. */
export async function startImage(access: TemporalAccess, input: ImageInput): Promise<Started> {
  const workflowId = imageWorkflowId(input.image);
  const runId = await startUnlessRunning(
    access,
    workflowId,
    {
      ...startOptions,
      args: [input],
      typedSearchAttributes: [
        { key: rolloutNameAttribute, value: input.rolloutName },
        { key: imageArnAttribute, value: input.image },
      ],
      staticSummary: `Roll the image policy out to ${imageLabel(input.image)}`,
      staticDetails: `Image: \`${input.image}\`, alone, for the rollout \`${input.rolloutName}\`.`,
    },
    'rolloutImage',
  );
  if (runId !== null) return { workflowId, runId, isAttached: false };
  throw new AppError('image-locked', `A workflow ${workflowId} is running`, { item: input.image });
}

async function startUnlessRunning(
  { client, taskQueue, call }: TemporalAccess,
  workflowId: string,
  options: Omit<Parameters<typeof client.workflow.start>[1], 'workflowId' | 'taskQueue'>,
  workflowType = 'rolloutImages',
): Promise<string | null> {
  try {
    const handle = await call(() => client.workflow.start(workflowType, { ...options, workflowId, taskQueue }));
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

function summaryOf({ spec, undo, redrive, revocation }: RolloutInput): string {
  if (revocation !== undefined) return `Take the access of ${revocation.principal} from ${imagesText(spec)}`;
  if (undo !== undefined) return `Undo the rollout ${undo.rolloutName} at ${imagesText(spec)}`;
  const again = redrive === undefined ? '' : ` again, redrive ${redrive.count}`;
  return `Roll the image policy ${spec.rolloutName} out to ${imagesText(spec)}${again}`;
}

/** Throws `payload-too-large` where the input of a workflow does not fit into one payload. */
export function requireFittingInput(input: object, what: 'rollout' | 'schedule', name: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(input));
  if (bytes <= maxInputBytes) return;
  const detail = `The ${what} ${name} takes ${bytes} bytes; ${maxInputBytes} fit`;
  throw new AppError('payload-too-large', detail, { item: name });
}

function imagesText({ images, selections }: RolloutSpec): string {
  const named = `${imageCount(images)} images`;
  return selections.length === 0 ? named : `${named} and what ${selections.length} selections find`;
}

// Text of people goes into code spans, where the UI shows it as it is.
function rolloutDetails(spec: RolloutSpec, { startedBy, reason, annotations, overrides }: RolloutOrigin): string {
  const lines = [
    ['started by', startedBy],
    ['reason', reason ?? ''],
    ...Object.entries(annotations),
    ['manifest', `sha256 ${spec.manifestSha256}`],
    ['waves', spec.strategy.waves.map(({ name }) => name).join(', ')],
    ['at once', amountText(spec.strategy.maxConcurrent)],
    ['failures allowed', amountText(spec.strategy.failureTolerance)],
    ['guardrails set aside', overrides.join(', ')],
  ];
  return lines
    .filter(([, value]) => value !== '')
    .map(([name = '', value = '']) => `- ${codeSpan(name)}: ${codeSpan(value)}`)
    .join('\n');
}

function codeSpan(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out
  return `\`${text.replaceAll('`', "'").replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')}\``;
}

import type { Client, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
// The SDK's own way through codecs and converters; its version is pinned with the client's.
import {
  decodeArrayFromPayloads,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { AppError } from '../domain/errors.ts';

type RawEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];
type Payloads = Parameters<typeof decodeArrayFromPayloads>[1];
type Converter = Client['options']['loadedDataConverter'];
type RawFailure = Parameters<typeof decodeOptionalFailureToOptionalError>[1];

/** How a workflow or child workflow can end. */
export type HowEnded = 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';

/** A decoded failure: `type` is our code where the failure is ours, `details` what was thrown with it. */
export interface HistoryFailure {
  readonly type: string | null;
  readonly message: string;
  readonly details: readonly unknown[];
}

/** The events of a history that a report needs; payloads are decoded, and unknown until somebody looks at them. */
export type HistoryEvent =
  | { readonly kind: 'started'; readonly at: string; readonly input: unknown }
  | { readonly kind: 'signalled'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'activity-scheduled'; readonly eventId: string; readonly type: string; readonly input: unknown }
  | { readonly kind: 'activity-completed'; readonly scheduledId: string; readonly result: unknown }
  | { readonly kind: 'child-initiated'; readonly type: string; readonly workflowId: string; readonly input: unknown }
  | { readonly kind: 'child-started'; readonly workflowId: string; readonly runId: string }
  | {
      readonly kind: 'child-ended';
      readonly workflowId: string;
      readonly how: HowEnded | 'not-started';
      readonly result: unknown;
      readonly failure: HistoryFailure | null;
    }
  | {
      readonly kind: 'ended';
      readonly at: string;
      readonly how: HowEnded;
      readonly result: unknown;
      readonly failure: HistoryFailure | null;
    };

/**
 * The events of one run that a report needs, in order. Throws WorkflowNotFoundError when Temporal has forgotten it, and
 * `payload-undecryptable` with the workflow's name where a key is missing.
 */
export async function readHistory(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<readonly HistoryEvent[]> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const decoded = await namingUndecryptable(workflowId, () =>
    Promise.all((events ?? []).map((event) => decodeEvent(client.options.loadedDataConverter, event))),
  );
  return decoded.flatMap((event) => event ?? []);
}

/**
 * The input of a run, from its first event: available as long as the history, and without a worker. Throws
 * `payload-undecryptable` with the workflow's name where a key is missing.
 */
export async function readWorkflowInput(client: Client, workflowId: string, runId: string): Promise<unknown> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  return namingUndecryptable(workflowId, () => firstOf(client.options.loadedDataConverter, started?.input?.payloads));
}

/** A failure as it came from Temporal, decoded; null where there is none. */
export function readFailure(client: Client, failure: RawFailure): Promise<HistoryFailure | null> {
  return failureOf(client.options.loadedDataConverter, failure);
}

/** The first of some payloads as they came from Temporal, decoded; null or undefined where there is none. */
export function readFirstPayload(client: Client, payloads: Payloads): Promise<unknown> {
  return firstOf(client.options.loadedDataConverter, payloads);
}

/** A command may read the histories of many rollouts, of which a key opens some only. */
async function namingUndecryptable<T>(workflowId: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'payload-undecryptable') throw error;
    throw new AppError(error.code, `${workflowId}: ${error.message}`, { ...error.context, cause: error });
  }
}

async function decodeEvent(converter: Converter, event: RawEvent): Promise<HistoryEvent | null> {
  return (
    (await decodeOwnEvent(converter, event)) ??
    (await decodeActivityEvent(converter, event)) ??
    (await decodeChildEvent(converter, event))
  );
}

async function decodeOwnEvent(converter: Converter, event: RawEvent): Promise<HistoryEvent | null> {
  const at = isoTimeOf(event);
  const started = event.workflowExecutionStartedEventAttributes;
  if (started) return { kind: 'started', at, input: await firstOf(converter, started.input?.payloads) };
  const signalled = event.workflowExecutionSignaledEventAttributes;
  if (signalled) {
    const input = await firstOf(converter, signalled.input?.payloads);
    return { kind: 'signalled', name: signalled.signalName ?? '', input };
  }
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed) {
    return {
      kind: 'ended',
      at,
      how: 'completed',
      result: await firstOf(converter, completed.result?.payloads),
      failure: null,
    };
  }
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed)
    return { kind: 'ended', at, how: 'failed', result: null, failure: await failureOf(converter, failed.failure) };
  const how = event.workflowExecutionCanceledEventAttributes
    ? 'cancelled'
    : event.workflowExecutionTerminatedEventAttributes
      ? 'terminated'
      : event.workflowExecutionTimedOutEventAttributes
        ? 'timed-out'
        : null;
  return how === null ? null : { kind: 'ended', at, how, result: null, failure: null };
}

async function decodeActivityEvent(converter: Converter, event: RawEvent): Promise<HistoryEvent | null> {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    const input = await firstOf(converter, scheduled.input?.payloads);
    return {
      kind: 'activity-scheduled',
      eventId: String(event.eventId),
      type: scheduled.activityType?.name ?? '',
      input,
    };
  }
  const completed = event.activityTaskCompletedEventAttributes;
  if (!completed) return null;
  const result = await firstOf(converter, completed.result?.payloads);
  return { kind: 'activity-completed', scheduledId: String(completed.scheduledEventId), result };
}

async function decodeChildEvent(converter: Converter, event: RawEvent): Promise<HistoryEvent | null> {
  const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
  if (initiated) {
    const { workflowId, workflowType } = initiated;
    const input = await firstOf(converter, initiated.input?.payloads);
    return { kind: 'child-initiated', type: workflowType?.name ?? '', workflowId: workflowId ?? '', input };
  }
  const started = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
  if (started) return { kind: 'child-started', workflowId: started.workflowId ?? '', runId: started.runId ?? '' };
  const notStarted = event.startChildWorkflowExecutionFailedEventAttributes;
  if (notStarted) return childEnded(notStarted.workflowId, 'not-started');
  return (await decodeChildEnd(converter, event)) ?? decodeChildStop(event);
}

async function decodeChildEnd(converter: Converter, event: RawEvent): Promise<HistoryEvent | null> {
  const completed = event.childWorkflowExecutionCompletedEventAttributes;
  if (completed) {
    const result = await firstOf(converter, completed.result?.payloads);
    return { ...childEnded(completed.workflowExecution?.workflowId, 'completed'), result };
  }
  const failed = event.childWorkflowExecutionFailedEventAttributes;
  if (failed) {
    const failure = await failureOf(converter, failed.failure);
    return { ...childEnded(failed.workflowExecution?.workflowId, 'failed'), failure };
  }
  return null;
}

function decodeChildStop(event: RawEvent): HistoryEvent | null {
  const cancelled = event.childWorkflowExecutionCanceledEventAttributes;
  if (cancelled) return childEnded(cancelled.workflowExecution?.workflowId, 'cancelled');
  const terminated = event.childWorkflowExecutionTerminatedEventAttributes;
  if (terminated) return childEnded(terminated.workflowExecution?.workflowId, 'terminated');
  const timedOut = event.childWorkflowExecutionTimedOutEventAttributes;
  return timedOut ? childEnded(timedOut.workflowExecution?.workflowId, 'timed-out') : null;
}

function childEnded(workflowId: string | null | undefined, how: HowEnded | 'not-started') {
  return { kind: 'child-ended', workflowId: workflowId ?? '', how, result: null, failure: null } as const;
}

async function firstOf(converter: Converter, payloads: Payloads): Promise<unknown> {
  const [first] = await decodeArrayFromPayloads(converter, payloads);
  return first;
}

async function failureOf(converter: Converter, failure: RawFailure): Promise<HistoryFailure | null> {
  const error = await decodeOptionalFailureToOptionalError(converter, failure);
  if (error === undefined) return null;
  if (error instanceof ApplicationFailure) {
    return { type: error.type ?? null, message: error.message, details: error.details ?? [] };
  }
  return { type: null, message: error.message, details: [] };
}

function isoTimeOf({ eventTime }: RawEvent): string {
  return new Date(Number(eventTime?.seconds ?? 0) * 1_000 + Math.trunc((eventTime?.nanos ?? 0) / 1e6)).toISOString();
}

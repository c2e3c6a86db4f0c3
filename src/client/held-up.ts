import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { ImageError } from '../contracts/image.ts';
import { isErrorCode } from '../domain/errors.ts';
import type { TemporalAccess } from './connection.ts';
import { readFailure, readFirstPayload } from './history.ts';

// Each costs a call, and one says what people have to know.
const mostImages = 5;

/**
 * Why a step of a workflow fails that is repeated; null where none does. The root's own steps look at all images, so none of
 * them can go on before.
 */
export async function heldUpBy(
  { client }: TemporalAccess,
  { raw }: WorkflowExecutionDescription,
): Promise<ImageError | null> {
  for (const { lastFailure, heartbeatDetails } of raw.pendingActivities ?? []) {
    const failure = await readFailure(client, lastFailure);
    const type = failure?.type ?? '';
    if (isErrorCode(type)) return { code: type, detail: failure?.message ?? '' };
    const waiting = waitedFor(await readFirstPayload(client, heartbeatDetails?.payloads));
    if (waiting !== null) return waiting;
  }
  return null;
}

/** The same of an image of a rollout whose images do not end. */
export async function heldUpImage(access: TemporalAccess, rolloutName: string): Promise<ImageError | null> {
  const { client, call } = access;
  const query = `RolloutName = '${rolloutName}' AND WorkflowType = 'rolloutImage' AND ExecutionStatus = 'Running'`;
  const open: string[] = [];
  await call(async () => {
    for await (const { workflowId } of client.workflow.list({ query, pageSize: mostImages })) {
      if (open.push(workflowId) === mostImages) break;
    }
  });
  for (const workflowId of open) {
    const held = await heldUpBy(access, await call(() => client.workflow.getHandle(workflowId).describe()));
    if (held !== null) return held;
  }
  return null;
}

/** What an attempt waits for that has not ended: its record says it as `code: message`. */
function waitedFor(record: unknown): ImageError | null {
  if (typeof record !== 'object' || record === null || !('waitsFor' in record)) return null;
  const text = typeof record.waitsFor === 'string' ? record.waitsFor : '';
  const end = text.indexOf(': ');
  const code = text.slice(0, Math.max(end, 0));
  return isErrorCode(code) ? { code, detail: text.slice(end + 2) } : null;
}

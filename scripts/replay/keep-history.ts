import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { format, resolveConfig } from 'prettier';

/** Fetches a history and writes it, with the id of its workflow, without a word of the machine that it was recorded on. */
export async function keepHistory(client: Client, workflowId: string, file: string): Promise<void> {
  const fetched = await client.workflow.getHandle(workflowId).fetchHistory();
  const history: unknown = JSON.parse(historyToJSON(fetched), impersonal);
  const options = (await resolveConfig(file)) ?? {};
  const text = await format(JSON.stringify({ workflowId, history }), { ...options, parser: 'json' });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

function impersonal(key: string, value: unknown): unknown {
  // Process and host; and paths of files, which no replay looks at.
  if (key === 'identity') return 'recorder';
  if (key === 'stackTrace') return '';
  // The queue of a worker's own cache is called by its process and host.
  if (key === 'name' && typeof value === 'string' && /^\d+@/.test(value)) return 'recorder';
  return value;
}

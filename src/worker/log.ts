import { DefaultLogger } from '@temporalio/worker';

/**
 * The log of a worker on stderr: one line an event, with time, level, message, workflow and error. Without stacks: where
 * an image did not succeed the history says more, and elsewhere the message has to be enough.
 */
export function workerLogger(): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, timestampNanos, message, meta }) => {
    const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    process.stderr.write(`${at} ${level} ${lineOf([message, meta?.['workflowId'], textOf(meta?.['error'])])}\n`);
  });
}

function textOf(error: unknown): unknown {
  return error instanceof Error ? error.message : error;
}

// Texts of AWS are data: a line of the log stays a line.
function lineOf(parts: readonly unknown[]): string {
  const texts = parts.filter((part) => part !== undefined && part !== null).map(String);
  return texts.join(': ').replace(/\s+/g, ' ');
}

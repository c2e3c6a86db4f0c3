import { exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import type { Session } from './session.ts';

/** What a promise gives, or `interrupted` where Ctrl-C comes first; what was waited for goes on. */
export async function untilInterrupted<R>(io: Io, waited: Promise<R>): Promise<R | 'interrupted'> {
  let ignore = (): void => undefined;
  const interrupted = new Promise<'interrupted'>((resolve) => {
    ignore = io.onInterrupt(() => resolve('interrupted'));
  });
  // Nobody listens any more after Ctrl-C, and a late failure must not end the process in its own way.
  waited.catch(() => undefined);
  try {
    return await Promise.race([waited, interrupted]);
  } finally {
    ignore();
  }
}

/**
 * Has images looked at. Ctrl-C cancels the look, says so and sets the exit code; what is given is null then. A second Ctrl-C
 * does not wait for Temporal's answer to that.
 */
export async function lookUntilInterrupted<R>(
  { io, output, finish }: Session,
  look: (signal: AbortSignal) => Promise<R>,
): Promise<R | null> {
  const interruption = new AbortController();
  const ignore = io.onInterrupt(() => interruption.abort());
  try {
    return await look(interruption.signal);
  } catch (error) {
    if (error !== interruption.signal.reason) throw error;
    output.note('Interrupted. The look at the images is cancelled, and nothing was written to AWS.');
    finish(exitCodes.interrupted);
    return null;
  } finally {
    ignore();
  }
}

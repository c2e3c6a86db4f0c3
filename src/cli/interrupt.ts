import { exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import type { Session } from './session.ts';

/** Hears Ctrl-C from the moment it was made, also while nobody waits. */
export interface Interruption {
  /** What a promise gives, or `interrupted` where Ctrl-C comes, or came, first; what was waited for goes on. */
  readonly until: <R>(waited: Promise<R>) => Promise<R | 'interrupted'>;
  /** From then on Ctrl-C ends the process. */
  readonly ignore: () => void;
}

/** Listens for Ctrl-C from before something is started that goes on after it. */
export function listenForInterrupt(io: Io): Interruption {
  let isHeard = false;
  let wake = (): void => undefined;
  const ignore = io.onInterrupt(() => {
    isHeard = true;
    wake();
  });
  const until = <R>(waited: Promise<R>): Promise<R | 'interrupted'> => {
    // Nobody listens any more after Ctrl-C, and a late failure must not end the process in its own way.
    waited.catch(() => undefined);
    // A new one each time: one that lasts would keep everything that was ever raced against it.
    const interrupted = new Promise<'interrupted'>((resolve) => (wake = () => resolve('interrupted')));
    if (isHeard) wake();
    return Promise.race([interrupted, waited]);
  };
  return { until, ignore };
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

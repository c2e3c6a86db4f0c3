import type { Io } from './io.ts';

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

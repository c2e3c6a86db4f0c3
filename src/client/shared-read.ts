import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Shares reads of one thing. Whoever asks gets an answer that was read after it asked; all who ask while a read is under
 * way, or in the pause after it, get the same one. Nothing is kept.
 */
export function sharedRead<Value>(read: () => Promise<Value>, pauseMs: number): () => Promise<Value> {
  let next: Promise<Value> | null = null;
  let before: Promise<unknown> = Promise.resolve();
  const readNext = async (): Promise<Value> => {
    await before;
    next = null;
    const answer = read();
    before = Promise.allSettled([answer]).then(() => sleep(pauseMs));
    return answer;
  };
  return () => (next ??= readNext());
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { RetryClass } from '../domain/errors.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import type { AwsCall } from './access.ts';
import { mapInLanes } from '../domain/lanes.ts';

/** Reads what belongs to some keys; a key without entry has nothing. */
export type Load<Value> = (keys: readonly string[], call: AwsCall) => Promise<ReadonlyMap<string, Value>>;

/** How loads are gathered. */
export interface GatherOptions {
  /** How long loads wait for others after so many went out together, in milliseconds. */
  readonly pauseAfter: (loadCount: number) => number;
  /** Most keys that go out together, unless one load alone has more. */
  readonly mostKeys: number;
}

// Whoever was answered together goes on together.
const windowMs = 2;
// A call that hangs must not hold all that come later for as long as it does.
const longestTurnMs = 2_000;
// Loads that are made one by one after they failed together.
const laneCount = 4;
// These would be the same for each key alone; every other error may be that of one key.
const ofTheService: readonly RetryClass[] = ['throttled', 'unavailable', 'server-error', 'expired-credentials'];

/**
 * Makes one load of those that are asked for at about the same time, while the one before is under way, or in the pause
 * after it, in the order in which they came. Nothing is kept: a load is answered by calls alone that were sent after it was asked for.
 *
 * In everything else loads stay apart. One that is cancelled leaves the others alone. Calls for several are repeated as
 * one of them decides, and where that one gives up, the others get the error as AWS gave it. Where the error may be that
 * of one key, each load is made anew by itself.
 */
export function gathered<Value>(load: Load<Value>, { mostKeys, pauseAfter }: GatherOptions): Load<Value> {
  const queue: WaitingLoad<Value>[] = [];
  let isServing = false;
  const serve = async (): Promise<void> => {
    while (queue.length > 0) {
      await sleep(windowMs);
      const together = takeTogether(queue, mostKeys);
      if (together.length === 0) continue;
      await turnOf(load, together);
      await sleep(pauseAfter(together.length));
    }
    isServing = false;
  };
  return async (keys, call) => {
    if (keys.length === 0) return new Map();
    const waiting = new WaitingLoad<Value>(keys, call);
    queue.push(waiting);
    if (!isServing) {
      isServing = true;
      void serve();
    }
    return waiting.answered;
  };
}

/** Makes a load for several, and returns when it is answered, or when the next one need not wait for it any longer. */
async function turnOf<Value>(load: Load<Value>, together: readonly WaitingLoad<Value>[]): Promise<void> {
  const over = new AbortController();
  // Once a call has failed, the load waits before it calls again.
  const answered = answer(load, together, () => over.abort());
  const longest = sleep(longestTurnMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
  await Promise.race([answered, longest]);
  over.abort();
}

/** A load that waits for its answer, until it has one or is cancelled. */
class WaitingLoad<Value> {
  readonly keys: readonly string[];
  readonly call: AwsCall;
  readonly answered: Promise<ReadonlyMap<string, Value>>;
  isOpen = true;
  onCancelled: () => void = () => undefined;
  resolve: (values: ReadonlyMap<string, Value>) => void = () => undefined;
  reject: (error: unknown) => void = () => undefined;

  constructor(keys: readonly string[], call: AwsCall) {
    this.keys = keys;
    this.call = call;
    const cancel = (): void => {
      this.reject(cancelled());
      this.onCancelled();
    };
    const close = (): void => {
      this.isOpen = false;
      call.signal.removeEventListener('abort', cancel);
    };
    this.answered = new Promise((resolve, reject) => {
      this.resolve = (values) => {
        close();
        resolve(values);
      };
      this.reject = (error) => {
        close();
        reject(error instanceof Error ? error : cancelled());
      };
    });
    if (call.signal.aborted) cancel();
    else call.signal.addEventListener('abort', cancel);
  }
}

/** Takes the first loads out of the queue, as many as go out together; those that were cancelled are dropped. */
function takeTogether<Value>(queue: WaitingLoad<Value>[], mostKeys: number): readonly WaitingLoad<Value>[] {
  const together: WaitingLoad<Value>[] = [];
  let count = 0;
  for (let [next] = queue; next !== undefined; [next] = queue) {
    if (together.length > 0 && count + next.keys.length > mostKeys) break;
    queue.shift();
    if (!next.isOpen) continue;
    together.push(next);
    count += next.keys.length;
  }
  return together;
}

/** Answers every one of the loads; it never rejects. */
async function answer<Value>(
  load: Load<Value>,
  together: readonly WaitingLoad<Value>[],
  onFault: () => void,
): Promise<void> {
  const keys = [...new Set(together.flatMap((waiting) => waiting.keys))];
  try {
    const values = await load(keys, commonCall(together, onFault));
    for (const waiting of together) waiting.resolve(values);
  } catch (error) {
    const left = together.filter(({ isOpen }) => isOpen);
    const isApart = left.length > 1 && isOfOneKey(error);
    await mapInLanes(left, laneCount, async (waiting) => {
      if (isApart) await load(waiting.keys, waiting.call).then(waiting.resolve, waiting.reject);
      else waiting.reject(error);
    });
  }
}

/** A load, whatever it is answered with. */
type Waiter = Pick<WaitingLoad<unknown>, 'call' | 'isOpen' | 'reject' | 'onCancelled'>;

/** Calls for several loads: they end when nobody waits any more, and are repeated as the first that waits decides. */
function commonCall(together: readonly Waiter[], onFault: () => void): AwsCall {
  const abandonment = new AbortController();
  for (const waiting of together) {
    waiting.onCancelled = () => {
      if (together.every(({ isOpen }) => !isOpen)) abandonment.abort();
    };
  }
  return { signal: abandonment.signal, read: (once) => readForAll(together, once, onFault) };
}

async function readForAll<T>(together: readonly Waiter[], once: () => Promise<T>, onFault: () => void): Promise<T> {
  for (;;) {
    const leader = together.find(({ isOpen }) => isOpen);
    if (leader === undefined) throw cancelled();
    let fault: unknown;
    try {
      return await leader.call.read(() =>
        once().catch((error: unknown) => {
          fault = error;
          onFault();
          throw error;
        }),
      );
    } catch (error) {
      if (error === fault) throw error;
      // The cancellation of one is not that of the others.
      if (leader.call.signal.aborted) continue;
      leader.reject(error);
      throw fault ?? error;
    }
  }
}

function isOfOneKey(error: unknown): boolean {
  return error instanceof AppError && !ofTheService.includes(errorCodes[error.code].retry);
}

function cancelled(): DOMException {
  return new DOMException('Nobody waits for the answer any more', 'AbortError');
}

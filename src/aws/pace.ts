import { setTimeout as sleep } from 'node:timers/promises';

/** When calls of one operation begin, in one account and Region, over everything in a process. */
export interface Pace {
  /**
   * Waits until a call may begin; rejects with an abort when the signal says so.
   *
   * @param callsPerSecond - cap of whoever calls. The lowest cap holds for all who call, until nobody has named it for 10 s.
   * @returns has to be called when the call has ended, with whether AWS throttled it
   */
  readonly begin: (signal: AbortSignal, callsPerSecond: number | undefined) => Promise<(isThrottled: boolean) => void>;
}

// All that begin together spend the whole allowance of AWS at once, before the SDK, which lowers the pace at the first
// refusal, has seen one. So few begin, and more with each answer: what is refused is what was under way at that moment.
const firstAtOnce = 2;
const answersForOneMore = 4;
// A rollout with a lower cap that makes no call for so long has ended, or waits for something else.
const capLastsMs = 10_000;

/** Paces the calls of one operation in one account and Region. */
export function newPace(): Pace {
  const waiting = new Set<() => void>();
  const slots = new Slots();
  let underWay = 0;
  let answered = 0;
  const hasRoom = (): boolean => underWay < firstAtOnce + Math.floor(answered / answersForOneMore);
  const admitNext = (): void => {
    const [next] = waiting;
    if (next !== undefined && hasRoom()) next();
  };
  const enter = async (signal: AbortSignal): Promise<void> => {
    if (waiting.size === 0 && hasRoom()) underWay += 1;
    else await turn(waiting, signal, () => (underWay += 1));
  };
  const end = (isThrottled: boolean): void => {
    underWay -= 1;
    if (!isThrottled) answered += 1;
    // One has ended, and one more may be under way.
    admitNext();
    admitNext();
  };
  return {
    begin: async (signal, callsPerSecond) => {
      signal.throwIfAborted();
      await enter(signal);
      try {
        const waitMs = slots.take(callsPerSecond, Date.now());
        // A timer of none still takes a millisecond, of every call.
        if (waitMs > 0) await sleep(waitMs, undefined, { signal });
      } catch (error) {
        end(true);
        throw error;
      }
      return end;
    },
  };
}

/** Waits, in the order of coming, until somebody is let in. */
function turn(waiting: Set<() => void>, signal: AbortSignal, onTurn: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      waiting.delete(admit);
      signal.removeEventListener('abort', abort);
    };
    const admit = (): void => {
      leave();
      onTurn();
      resolve();
    };
    const abort = (): void => {
      leave();
      reject(new DOMException('The call was cancelled before it began', 'AbortError'));
    };
    waiting.add(admit);
    signal.addEventListener('abort', abort);
  });
}

/** The instants at which calls may begin under a cap. */
class Slots {
  #nextAtMs = 0;
  #cap = { callsPerSecond: Number.POSITIVE_INFINITY, untilMs: 0 };

  /** Takes the next slot, and gives the milliseconds until it comes. */
  take(callsPerSecond: number | undefined, nowMs: number): number {
    if (nowMs > this.#cap.untilMs) this.#cap = { callsPerSecond: Number.POSITIVE_INFINITY, untilMs: 0 };
    const atMs = Math.max(nowMs, this.#nextAtMs);
    if (callsPerSecond !== undefined && callsPerSecond <= this.#cap.callsPerSecond) {
      this.#cap = { callsPerSecond, untilMs: atMs + capLastsMs };
    }
    this.#nextAtMs = atMs + 1000 / this.#cap.callsPerSecond;
    return atMs - nowMs;
  }
}

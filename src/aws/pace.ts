import type { EndedCall } from '../domain/pacing.ts';
import { afterCall, nothingLearned, rateAt } from '../domain/pacing.ts';

/** When calls of one operation begin, in one account and Region, over everything in a process. */
export interface Pace {
  /**
   * Waits until a call may begin, in the order of coming; rejects with an abort when the signal says so.
   *
   * @param callsPerSecond - cap of whoever calls. The lowest cap holds for all who call, until nobody has named it for 10 s.
   * @returns has to be called when the call has ended, with whether AWS throttled it
   */
  readonly begin: (signal: AbortSignal, callsPerSecond: number | undefined) => Promise<(isThrottled: boolean) => void>;
  /** The same before all that wait in {@link Pace.begin}, and past their caps: only what AWS allows is kept to. */
  readonly overtake: (signal: AbortSignal) => Promise<(isThrottled: boolean) => void>;
  /** Calls that may begin in a second as things are now, to a tenth; null where nothing bounds them. */
  readonly perSecond: () => number | null;
}

/** A call that has not begun. */
interface Waiting {
  readonly askedAtMs: number;
  readonly callsPerSecond: number | undefined;
  readonly isUrgent: boolean;
  readonly admit: () => void;
}

type Caller = Pick<Waiting, 'callsPerSecond' | 'isUrgent'>;

/** Paces the calls of one operation in one account and Region. */
export function newPace(): Pace {
  const queue = new Queue();
  const begin = async (signal: AbortSignal, caller: Caller): ReturnType<Pace['begin']> => {
    signal.throwIfAborted();
    await queue.turn(signal, caller);
    const begunAtMs = Date.now();
    return (isThrottled) => queue.end(begunAtMs, isThrottled);
  };
  return {
    begin: (signal, callsPerSecond) => begin(signal, { callsPerSecond, isUrgent: false }),
    overtake: (signal) => begin(signal, { callsPerSecond: undefined, isUrgent: true }),
    perSecond: () => {
      const rate = queue.rate();
      return Number.isFinite(rate) ? Math.round(rate * 10) / 10 : null;
    },
  };
}

/** Lets calls begin one after the other: when a slot of the pace has come, and not too many are under way. */
class Queue {
  readonly #urgent = new Set<Waiting>();
  readonly #waiting = new Set<Waiting>();
  readonly #opening = new Opening();
  readonly #allowance = new Allowance();
  readonly #cap = new Cap();
  #nextAtMs = 0;
  /** When the next call may begin that is not urgent. */
  #nextCappedAtMs = 0;
  #heldBackAtMs = 0;
  #timer: NodeJS.Timeout | null = null;

  turn(signal: AbortSignal, caller: Caller): Promise<void> {
    const line = caller.isUrgent ? this.#urgent : this.#waiting;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        line.delete(waiting);
        signal.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        leave();
        reject(new DOMException('The call was cancelled before it began', 'AbortError'));
      };
      const admit = (): void => {
        leave();
        resolve();
      };
      const waiting = { askedAtMs: Date.now(), ...caller, admit };
      line.add(waiting);
      this.#admit();
      // Most calls begin at once.
      if (line.has(waiting)) signal.addEventListener('abort', abort);
    });
  }

  rate(): number {
    const nowMs = Date.now();
    return Math.min(this.#cap.rateAt(nowMs, undefined), this.#allowance.rateAt(nowMs));
  }

  end(begunAtMs: number, isThrottled: boolean): void {
    const nowMs = Date.now();
    this.#opening.end(isThrottled);
    this.#allowance.end({ nowMs, begunAtMs, isThrottled, isHeldBack: this.#heldBackAtMs > nowMs - 1000 });
    // AWS has nothing left; the slot that was due already is as good as refused.
    if (isThrottled) this.#nextAtMs = Math.max(this.#nextAtMs, nowMs + 1000 / this.#allowance.rateAt(nowMs));
    this.#admit();
  }

  #admit(): void {
    if (this.#timer !== null) {
      if (this.#urgent.size === 0) return;
      // It may be for a call that a cap holds back.
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    for (const waiting of this.#inOrder()) {
      const nowMs = Date.now();
      const dueAtMs = waiting.isUrgent ? this.#nextAtMs : Math.max(this.#nextAtMs, this.#nextCappedAtMs);
      if (!this.#opening.hasRoom()) {
        this.#heldBackAtMs = nowMs;
        return;
      }
      if (dueAtMs > nowMs) {
        this.#heldBackAtMs = nowMs;
        this.#timer = setTimeout(() => {
          this.#timer = null;
          this.#admit();
        }, dueAtMs - nowMs);
        return;
      }
      this.#takeSlot(waiting, nowMs);
      this.#opening.begin();
      waiting.admit();
    }
  }

  *#inOrder(): Iterable<Waiting> {
    yield* this.#urgent;
    yield* this.#waiting;
  }

  #takeSlot({ askedAtMs, callsPerSecond, isUrgent }: Waiting, nowMs: number): void {
    const next = (dueAtMs: number, ratePerSecond: number): number =>
      nextSlot(dueAtMs, 1000 / ratePerSecond, { askedAtMs, nowMs });
    this.#nextAtMs = next(this.#nextAtMs, this.#allowance.rateAt(nowMs));
    if (isUrgent) return;
    this.#nextCappedAtMs = next(this.#nextCappedAtMs, this.#cap.rateAt(nowMs, callsPerSecond));
  }
}

/** When the slot comes after one that was due and is taken now. */
function nextSlot(
  dueAtMs: number,
  intervalMs: number,
  { askedAtMs, nowMs }: { readonly askedAtMs: number; readonly nowMs: number },
): number {
  // A timer that comes late must not slow down all that follow.
  const isLate = askedAtMs <= dueAtMs;
  return (isLate ? Math.max(dueAtMs, nowMs - intervalMs) : nowMs) + intervalMs;
}

// All that begin together spend the whole allowance of AWS at once, before the first refusal is seen. So few begin, and
// more with each answer: what is refused is what was under way at that moment.
const firstAtOnce = 2;
const answersForOneMore = 4;

/** How many calls may be under way at a time. */
class Opening {
  #underWay = 0;
  #answered = 0;

  hasRoom(): boolean {
    return this.#underWay < firstAtOnce + Math.floor(this.#answered / answersForOneMore);
  }

  begin(): void {
    this.#underWay += 1;
  }

  end(isThrottled: boolean): void {
    this.#underWay -= 1;
    if (!isThrottled) this.#answered += 1;
  }
}

// As many calls as tell a limit from an accident.
const judgedCount = 16;

/** What AWS allows, as far as its answers tell. */
class Allowance {
  // Of the last second alone, oldest first.
  readonly #takenAtMs: number[] = [];
  // Whether AWS throttled each of the last calls, oldest first.
  readonly #throttled: boolean[] = [];
  #learned = nothingLearned;

  rateAt(nowMs: number): number {
    return rateAt(this.#learned, nowMs);
  }

  end(call: Omit<EndedCall, 'takenCount' | 'recent'>): void {
    while ((this.#takenAtMs[0] ?? call.nowMs) <= call.nowMs - 1000) this.#takenAtMs.shift();
    if (this.#throttled.push(call.isThrottled) > judgedCount) this.#throttled.shift();
    if (!call.isThrottled) this.#takenAtMs.push(call.nowMs);
    const recent = { calls: judgedCount, refused: this.#throttled.filter(Boolean).length };
    this.#learned = afterCall(this.#learned, { ...call, takenCount: this.#takenAtMs.length, recent });
  }
}

// A rollout with a lower cap that makes no call for so long has ended, or waits for something else.
const capLastsMs = 10_000;

/** The lowest cap of those who called of late. */
class Cap {
  #callsPerSecond = Number.POSITIVE_INFINITY;
  #untilMs = 0;

  rateAt(nowMs: number, callsPerSecond: number | undefined): number {
    if (nowMs > this.#untilMs) this.#callsPerSecond = Number.POSITIVE_INFINITY;
    if (callsPerSecond !== undefined && callsPerSecond <= this.#callsPerSecond) {
      this.#callsPerSecond = callsPerSecond;
      this.#untilMs = nowMs + capLastsMs;
    }
    return this.#callsPerSecond;
  }
}

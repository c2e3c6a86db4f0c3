import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newPace } from '../../src/aws/pace.ts';
import type { Pace } from '../../src/aws/pace.ts';

const signal = new AbortController().signal;

describe('a pace', () => {
  it('lets few calls begin at first, and more with the answers', async () => {
    const pace = newPace();
    const calls = someCalls(pace, 20);

    expect(await calls.begun()).toBe(2);
    for (let answer = 0; answer < 4; answer += 1) await calls.end(false);

    expect(await calls.begun()).toBe(4 + 3);
  });

  it('lets the next call begin some time after AWS has throttled one', async () => {
    const pace = newPace();
    const calls = someCalls(pace, 20);

    await calls.end(true);
    await calls.end(true);

    expect(await calls.begun()).toBe(2);
  });

  it('leaves the others alone where a call is cancelled that waits', async () => {
    const pace = newPace();
    const controller = new AbortController();
    const first = await Promise.all([pace.begin(signal, undefined), pace.begin(signal, undefined)]);
    const cancelled = pace.begin(controller.signal, undefined);
    const other = pace.begin(signal, undefined);

    controller.abort();
    first[0](false);

    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    await expect(other).resolves.toBeTypeOf('function');
  });

  it('says how many calls a second it allows: as many as come, until there is a cap or a refusal', async () => {
    const pace = newPace();
    const unbounded = pace.perSecond();
    const begun = await Promise.all([pace.begin(signal, undefined), pace.begin(signal, 7.04)]);
    const capped = pace.perSecond();
    const held = pace.begin(signal, undefined);

    begun[0](true);

    expect([unbounded, capped, pace.perSecond()]).toEqual([null, 7, 0.5]);
    begun[1](false);
    (await held)(false);
  });

  it('keeps a cap, whoever calls', async () => {
    const begins = await beginsOf(newPace(), [40, undefined, 40, undefined, 40]);

    expect(begins.filter(isBefore(25))).toEqual([]);
  });

  it('keeps the lower one of two caps', async () => {
    const begins = await beginsOf(newPace(), [20, 200, 20, 200, 20]);

    expect(begins.filter(isBefore(50))).toEqual([]);
  });
});

describe('an urgent call', () => {
  it('begins before those that wait', async () => {
    const pace = newPace();
    const begun: string[] = [];
    const [end] = await Promise.all([pace.begin(signal, undefined), pace.begin(signal, undefined)]);
    const other = pace.begin(signal, undefined).then((ends) => begun.push('other') && ends(false));
    const urgent = pace.overtake(signal).then((ends) => begun.push('urgent') && ends(false));

    end(false);
    await Promise.all([other, urgent]);

    expect(begun).toEqual(['urgent', 'other']);
  });

  it('is not held back by the cap of another, nor counted by it', async () => {
    const pace = newPace();
    const begun: string[] = [];
    (await pace.begin(signal, 5))(false);
    const capped = pace.begin(signal, 5).then((ends) => begun.push('capped') && ends(false));

    for (let call = 0; call < 3; call += 1) {
      (await pace.overtake(signal))(false);
      begun.push('urgent');
    }
    await capped;

    expect(begun).toEqual(['urgent', 'urgent', 'urgent', 'capped']);
  });

  it('waits where AWS has throttled others', async () => {
    const pace = newPace();
    const calls = someCalls(pace, 20);
    await calls.end(true);
    await calls.end(true);
    let isBegun = false;

    void pace.overtake(signal).then(() => {
      isBegun = true;
    });

    expect([await calls.begun(), isBegun]).toEqual([2, false]);
  });
});

describe('a pace against a token bucket', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    { rate: 10, lagMs: 20 },
    { rate: 10, lagMs: 200 },
    { rate: 50, lagMs: 50 },
  ])('takes what $rate calls a second with $lagMs ms each allow, and seldom asks for more', async ({ rate, lagMs }) => {
    const { seconds, refusedShare } = await callsAgainst(tokenBucket(rate), lagMs, 30 * rate);

    expect(29 / seconds).toBeGreaterThanOrEqual(0.95);
    expect(refusedShare).toBeLessThanOrEqual(0.05);
  });

  it('goes on where AWS throttles one call in ten whatever the pace, and fewer are asked for than it allows', async () => {
    const { seconds } = await callsNowAndThen(oneRefusedIn(10), 600);

    expect(600 / seconds).toBeGreaterThanOrEqual(8);
  });

  it.each([
    { oneIn: 10, perSecond: 15 },
    { oneIn: 5, perSecond: 8 },
  ])('finds out that AWS throttles one call in $oneIn whatever the pace, and goes on', async ({ oneIn, perSecond }) => {
    const { seconds } = await callsAgainst(oneRefusedIn(oneIn), 20, 1000);

    expect(1000 / seconds).toBeGreaterThanOrEqual(perSecond);
  });

  it('tries out a low limit seldom, and keeps to it', async () => {
    const { seconds, refusedShare } = await callsAgainst(tokenBucket(2), 20, 240);

    expect(238 / seconds / 2).toBeGreaterThanOrEqual(0.95);
    expect(refusedShare).toBeLessThanOrEqual(0.25);
  });

  it('finds a limit that sets in while fewer calls are asked for than the pace allows', async () => {
    const pace = newPace();
    const few = tokenBucket(2);
    const lanes = Array.from({ length: 25 }, () => callsOfLane(pace, () => true, 4));
    await passTime(Promise.all(lanes));
    let refused = 0;
    const take = (): boolean => {
      const isTaken = few();
      if (!isTaken) refused += 1;
      return isTaken;
    };

    await passTime(Promise.all(Array.from({ length: 25 }, () => callsOfLane(pace, take, 4))));

    expect(refused).toBeLessThan(70);
  });

  it('finds its way back after everything was refused for a while', async () => {
    const pace = newPace();
    const times = async (count: number, take: () => boolean): Promise<void> => {
      for (let call = 0; call < count; call += 1) await callOnce(pace, 20, take);
    };
    await passTime(times(20, () => false));
    const before = Date.now();

    await passTime(times(100, () => true));

    expect((Date.now() - before) / 1000).toBeLessThan(15);
  });
});

/** Makes calls that an allowance takes or refuses, fifty at a time; what is refused comes again after a second or two. */
async function callsAgainst(take: () => boolean, lagMs: number, count: number) {
  const pace = newPace();
  const begun = Date.now();
  let left = count;
  let refused = 0;
  const lane = async (index: number): Promise<void> => {
    while (left-- > 0) {
      while (!(await callOnce(pace, lagMs, take))) {
        refused += 1;
        await pause(1000 + index * 20);
      }
    }
  };
  await passTime(Promise.all(Array.from({ length: 50 }, (_, index) => lane(index))));
  return { seconds: (Date.now() - begun) / 1000, refusedShare: refused / (count + refused) };
}

/** Makes calls of 25 lanes, each at most once in two seconds: fewer than the pace allows. */
async function callsNowAndThen(take: () => boolean, count: number) {
  const pace = newPace();
  const begun = Date.now();
  await passTime(
    Promise.all(
      Array.from({ length: 25 }, async (_, index) => {
        await pause(index * 80);
        await callsOfLane(pace, take, count / 25);
      }),
    ),
  );
  return { seconds: (Date.now() - begun) / 1000 };
}

/** Calls of one lane, two seconds apart; what is refused comes again after a second. */
async function callsOfLane(pace: Pace, take: () => boolean, count: number): Promise<void> {
  for (let call = 0; call < count; call += 1) {
    while (!(await callOnce(pace, 20, take))) await pause(1000);
    await pause(2000);
  }
}

/** Refuses one call in so many, by a row of numbers that is the same in every run. */
function oneRefusedIn(count: number): () => boolean {
  let number = 1;
  return () => {
    number = (number * 48_271) % 2_147_483_647;
    return number % count !== 0;
  };
}

/** A bucket that holds the calls of one second. */
function tokenBucket(rate: number): () => boolean {
  let tokens = rate;
  let filledAtMs = Date.now();
  return () => {
    const nowMs = Date.now();
    tokens = Math.min(rate, tokens + ((nowMs - filledAtMs) / 1000) * rate);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

async function callOnce(pace: Pace, lagMs: number, take: () => boolean): Promise<boolean> {
  const end = await pace.begin(new AbortController().signal, undefined);
  await pause(lagMs / 2);
  const isTaken = take();
  await pause(lagMs / 2);
  end(!isTaken);
  return isTaken;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Lets the time of the test pass until something has happened. */
async function passTime<T>(happens: Promise<T>): Promise<T> {
  const over = new AbortController();
  void happens.finally(() => over.abort());
  await Promise.resolve();
  while (!over.signal.aborted) await vi.advanceTimersToNextTimerAsync();
  return happens;
}

/** Calls that are asked for at the same time, and end when they are told to. */
function someCalls(pace: Pace, count: number) {
  const ends: ((isThrottled: boolean) => void)[] = [];
  let begunCount = 0;
  for (let call = 0; call < count; call += 1) {
    void pace.begin(new AbortController().signal, undefined).then((end) => {
      begunCount += 1;
      ends.push(end);
    });
  }
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    begun: async () => {
      await settled();
      return begunCount;
    },
    end: async (isThrottled: boolean) => {
      await settled();
      ends.shift()?.(isThrottled);
    },
  };
}

/** When calls with such caps begin, in milliseconds since the first was asked for; each ends at once. */
async function beginsOf(pace: Pace, caps: readonly (number | undefined)[]): Promise<readonly number[]> {
  const askedAt = performance.now();
  const begins: number[] = [];
  for (const cap of caps) {
    const end = await pace.begin(signal, cap);
    begins.push(performance.now() - askedAt);
    end(false);
  }
  return begins;
}

/** Whether a call begins before its turn in a row of such a distance; clocks of timers differ by a millisecond or two. */
function isBefore(distanceMs: number): (begin: number, index: number) => boolean {
  return (begin, index) => begin < index * distanceMs - 2;
}

import { describe, expect, it } from 'vitest';
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

  it('lets no more begin while AWS throttles them', async () => {
    const pace = newPace();
    const calls = someCalls(pace, 20);

    for (let answer = 0; answer < 8; answer += 1) await calls.end(true);

    expect(await calls.begun()).toBe(8 + 2);
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

  it('keeps a cap, whoever calls', async () => {
    const begins = await beginsOf(newPace(), [40, undefined, 40, undefined, 40]);

    expect(begins.filter(isBefore(25))).toEqual([]);
  });

  it('keeps the lower one of two caps', async () => {
    const begins = await beginsOf(newPace(), [20, 200, 20, 200, 20]);

    expect(begins.filter(isBefore(50))).toEqual([]);
  });
});

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

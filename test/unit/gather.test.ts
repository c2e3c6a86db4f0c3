import { describe, expect, it } from 'vitest';
import type { AwsCall } from '../../src/aws/access.ts';
import type { GatherOptions, Load } from '../../src/aws/gather.ts';
import { gathered } from '../../src/aws/gather.ts';
import { AppError } from '../../src/domain/errors.ts';

/** A load under test, the keys of every call that it came to, and the ends of those calls. */
interface World {
  readonly load: Load<string>;
  readonly calls: readonly (readonly string[])[];
  readonly signals: readonly AbortSignal[];
}

const options: GatherOptions = { mostKeys: 100, pauseAfter: () => 0 };
const throttled = new AppError('aws-throttled', 'too many');
const gone = new AppError('aws-not-there-yet', 'b is gone');

describe('loads of the same time', () => {
  it('go out in one call, each key once, and all are answered', async () => {
    const { load, calls } = aWorld();

    const answers = await Promise.all([load(['a', 'b'], aCall()), load(['b', 'c'], aCall())]);

    expect(calls).toEqual([['a', 'b', 'c']]);
    expect(answers[0].get('b')).toBe('of b');
    expect(answers[1].get('c')).toBe('of c');
  });

  it('fill a call up to its most keys, in the order in which they came', async () => {
    const { load, calls } = aWorld({}, { ...options, mostKeys: 2 });

    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => load([key], aCall())));

    expect(calls).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('make no call without keys', async () => {
    const { load, calls } = aWorld();

    expect(await load([], aCall())).toEqual(new Map());
    expect(calls).toEqual([]);
  });
});

it('a load that comes while a call is under way is answered by the next one', async () => {
  const late: Promise<unknown>[] = [];
  const { load, calls } = aWorld({
    onCall: (count) => {
      if (count === 1) late.push(load(['a'], aCall()), load(['b'], aCall()));
    },
  });

  await load(['a'], aCall());
  await Promise.all(late);

  expect(calls).toEqual([['a'], ['a', 'b']]);
});

it('loads that come in the pause after a call go out together', async () => {
  const { load, calls } = aWorld({}, { ...options, pauseAfter: (count) => count * 30 });

  await load(['a'], aCall());
  const first = load(['b'], aCall());
  await new Promise((resolve) => setTimeout(resolve, 10));
  await Promise.all([first, load(['c'], aCall())]);

  expect(calls).toEqual([['a'], ['b', 'c']]);
});

describe('a cancelled load', () => {
  it('ends at once, and leaves the others to their answer', async () => {
    const controller = new AbortController();
    const { load } = aWorld({ onCall: () => controller.abort() });

    const [cancelled, other] = await Promise.allSettled([
      load(['a'], aCall({ signal: controller.signal })),
      load(['b'], aCall()),
    ]);

    expect(cancelled).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    expect(other.status).toBe('fulfilled');
  });

  it('ends the call that nobody else waits for', async () => {
    const controller = new AbortController();
    const { load, signals } = aWorld({ onCall: () => controller.abort() });

    await Promise.allSettled(['a', 'b'].map((key) => load([key], aCall({ signal: controller.signal }))));

    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('makes no call where it was cancelled before', async () => {
    const { load, calls } = aWorld();

    await expect(load(['a'], aCall({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ name: 'AbortError' });
    await load(['b'], aCall());

    expect(calls).toEqual([['b']]);
  });
});

describe('an error', () => {
  it('of one key is that of its load alone', async () => {
    const { load, calls } = aWorld({ onCall: (_, keys) => (keys.includes('b') ? gone : undefined) });

    const ends = await Promise.allSettled(['a', 'b', 'c'].map((key) => load([key], aCall())));

    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(ends[1]).toMatchObject({ reason: gone });
    expect(calls).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
  });

  it('that goes away is repeated as the first load decides', async () => {
    const { load, calls } = aWorld({ onCall: (count) => (count === 1 ? throttled : undefined) });
    const [patient, other] = [aCall({ tries: 2 }), aCall()];

    await Promise.all([load(['a'], patient), load(['b'], other)]);

    expect(calls).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('at which the first load gives up comes to the others as AWS gave it', async () => {
    const { load, calls } = aWorld({ onCall: () => throttled });

    const ends = await Promise.allSettled([load(['a'], aCall({ end: new Error('given up') })), load(['b'], aCall())]);

    expect(ends).toMatchObject([{ reason: { message: 'given up' } }, { reason: throttled }]);
    expect(calls).toHaveLength(1);
  });
});

function aWorld(
  { onCall }: { readonly onCall?: (count: number, keys: readonly string[]) => unknown } = {},
  gathering = options,
): World {
  const calls: (readonly string[])[] = [];
  const signals: AbortSignal[] = [];
  const answer = async (keys: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> => {
    calls.push(keys);
    signals.push(signal);
    const error = onCall?.(calls.length, keys);
    await Promise.resolve();
    if (error instanceof AppError) throw error;
    return new Map(keys.map((key) => [key, `of ${key}`]));
  };
  const load = gathered((keys, call) => call.read(() => answer(keys, call.signal)), gathering);
  return { load, calls, signals };
}

/** Reads once, or as often as is said, and ends with the error itself, or with one of its own. */
function aCall({
  signal = new AbortController().signal,
  tries = 1,
  end,
}: { readonly signal?: AbortSignal; readonly tries?: number; readonly end?: Error } = {}): AwsCall {
  const read = async <T>(once: () => Promise<T>, left: number): Promise<T> => {
    try {
      return await once();
    } catch (error) {
      if (left > 1) return read(once, left - 1);
      throw end ?? error;
    }
  };
  return { signal, read: (once) => read(once, tries) };
}

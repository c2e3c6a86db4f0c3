import { expect, it } from 'vitest';
import { newRecord, throttlingOf, withThrottled } from '../../src/activities/record.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { ThrottledCalls } from '../../src/domain/throttled.ts';
import { worstThrottled } from '../../src/domain/throttled.ts';

function calls(operation: string, second: number, more: Partial<ThrottledCalls> = {}): ThrottledCalls {
  const at = `2026-11-24T07:00:0${second}.000Z`;
  return { account: '111111111111', region: 'us-east-1', operation, count: 1, perSecond: second, at, ...more };
}

it('what was throttled adds up by operation, account and Region, whatever the order, and the newest pace holds', () => {
  const some = [
    calls('GetImage', 1, { count: 2 }),
    calls('GetImage', 3),
    calls('GetImage', 2, { region: 'eu-west-1' }),
  ];
  const sums = [calls('GetImage', 3, { count: 3 }), calls('GetImage', 2, { region: 'eu-west-1' })];

  expect(worstThrottled(some, 10)).toEqual(sums);
  expect(worstThrottled(some.toReversed(), 10)).toEqual(sums);
});

it('the operations with most calls are kept, of two with as many the slower one', () => {
  const some = [
    calls('TagResource', 4),
    calls('GetImage', 5, { perSecond: null }),
    calls('PutImagePolicy', 1, { count: 9 }),
  ];

  expect(worstThrottled(some, 2).map(({ operation }) => operation)).toEqual(['PutImagePolicy', 'TagResource']);
});

it('a step counts each call that AWS throttled, and tells nothing where it took them all', () => {
  const before = newRecord([]);
  const fault = new AppError('aws-throttled', '429', { throttled: calls('GetImage', 1) });

  const after = { ...before, ...withThrottled({ ...before, ...withThrottled(before, fault) }, fault) };

  expect(throttlingOf(before)).toEqual({});
  expect(throttlingOf(after)).toEqual({ throttledCount: 2, throttled: [calls('GetImage', 1, { count: 2 })] });
});

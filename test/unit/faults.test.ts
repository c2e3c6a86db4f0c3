import { describe, expect, it } from 'vitest';
import { isAbort, toAppError } from '../../src/aws/faults.ts';
import { retryAfterMs } from '../../src/aws/retry-after.ts';
import { AppError } from '../../src/domain/errors.ts';

const call = { operation: 'PutImagePolicy', item: 'an-image' };

describe('toAppError', () => {
  it('gives an AppError back as it is', () => {
    const known = new AppError('image-gone', 'It is gone');

    expect(toAppError(known, call)).toBe(known);
  });

  it.each([['a text'], [null], [undefined], [42], [{}], [new Error('')], [Object.create(null)]])(
    'calls %o unknown, and counts a write as unanswered',
    (thrown) => {
      const fault = toAppError(thrown, call);

      expect(fault).toMatchObject({ code: 'aws-unknown', context: { item: 'an-image', isUnanswered: true } });
      expect(fault.message).toContain('PutImagePolicy of an-image failed');
    },
  );

  it('finds the code of the network in a cause', () => {
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });

    const fault = toAppError(new Error('the request failed', { cause: reset }), call);

    expect(fault).toMatchObject({ code: 'aws-unavailable', context: { isUnanswered: true } });
  });

  it('ends in a cause that goes round in a circle', () => {
    const round = new Error('round');
    round.cause = round;

    expect(toAppError(round, call).code).toBe('aws-unknown');
  });

  it.each([['ECONNREFUSED'], ['ENOTFOUND'], ['EAI_AGAIN'], ['EHOSTUNREACH'], ['ENETUNREACH']])(
    'knows that with %s nothing was sent',
    (code) => {
      const fault = toAppError(Object.assign(new Error('no way'), { code }), call);

      expect(fault.code).toBe('aws-unavailable');
      expect(fault.context).not.toHaveProperty('isUnanswered');
    },
  );

  it.each([
    [409, 'aws-state-conflict'],
    [404, 'aws-not-found'],
    [410, 'aws-not-found'],
    [501, 'aws-server-error'],
    [599, 'aws-unavailable'],
    [302, 'aws-unknown'],
  ])('takes an unknown name with status %i for %s', (httpStatusCode, code) => {
    const error = Object.assign(new Error('new'), { name: 'BrandNew', $metadata: { httpStatusCode } });

    expect(toAppError(error, call).code).toBe(code);
  });
});

describe('isAbort', () => {
  it('knows an abort by its name alone', () => {
    const abort = Object.assign(new Error('Request aborted'), { name: 'AbortError' });

    expect([abort, new Error('Request aborted'), 'AbortError'].map(isAbort)).toEqual([true, false, false]);
  });
});

describe('retryAfterMs', () => {
  const nowMs = Date.parse('2026-11-24T07:00:00Z');

  it.each([
    ['Retry-After', '2', 2_000],
    ['retry-after', '1.5', 1_500],
    ['retry-after', 'Tue, 24 Nov 2026 07:00:30 GMT', 30_000],
    ['retry-after', 'Tue, 24 Nov 2026 06:00:00 GMT', 0],
    ['X-Amz-Retry-After', '250', 250],
    ['retry-after', 'soon', undefined],
    ['retry-after', '', undefined],
    ['date', '5', undefined],
  ])('reads %s: %s as %s', (name, value, expected) => {
    expect(retryAfterMs({ [name]: value }, nowMs)).toBe(expected);
  });

  it.each([[undefined], [null], ['3'], [{}], [{ 'retry-after': 3 }]])('finds nothing in %o', (headers) => {
    expect(retryAfterMs(headers, nowMs)).toBeUndefined();
  });
});

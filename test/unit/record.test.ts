import { describe, expect, it } from 'vitest';
import { newRecord, recordFor } from '../../src/activities/record.ts';

const nowMs = 1_000_000;
const unansweredMs = 30_000;
const record = newRecord(['arn:aws:ram:us-east-1:111111111111:resource-share/1']);

describe('the record for an attempt of a step that writes', () => {
  it('is new for the first attempt', () => {
    expect(recordFor(1, record, nowMs, unansweredMs)).toEqual(record);
  });

  it('is what the attempt before has left where that one has ended', () => {
    const left = { ...record, endedAttempt: 3 };

    expect(recordFor(4, left, nowMs, unansweredMs)).toEqual(left);
  });

  it.each([
    { attempt: 2, endedAttempt: 0 },
    { attempt: 5, endedAttempt: 3 },
    { attempt: 1, endedAttempt: 3 },
  ])(
    'takes it that something was written where the attempt before $attempt never ended, but $endedAttempt did',
    ({ attempt, endedAttempt }) => {
      expect(recordFor(attempt, { ...record, endedAttempt }, nowMs, unansweredMs)).toEqual({
        ...record,
        endedAttempt,
        hasWritten: 'maybe',
        unansweredUntilMs: nowMs + unansweredMs,
        lastWriteAtMs: nowMs,
      });
    },
  );

  it('keeps a write that was answered', () => {
    const left = { ...record, hasWritten: 'yes', endedAttempt: 0 } as const;

    expect(recordFor(2, left, nowMs, unansweredMs).hasWritten).toBe('yes');
  });
});

import { describe, expect, it } from 'vitest';
import { answerWithinMs, whyUnanswered } from '../../src/domain/doctor-answer.ts';

describe('the time that a worker has to examine a set-up', () => {
  it.each([
    [0, 45_000],
    [10, 45_000],
    [60, 145_000],
    [3_000, 600_000],
  ])('with %i accounts and Regions is %i ms', (placeCount, ms) => {
    expect(answerWithinMs(placeCount)).toBe(ms);
  });

  it('where it was not enough is told apart from a worker that cannot do it', () => {
    const [slow, foreign] = [whyUnanswered(true, 60), whyUnanswered(false, 2)];

    expect([slow.code, foreign.code]).toEqual(['aws-unavailable', 'no-worker']);
    expect(slow.reason).toMatch(/AWS .* 145 s .* 60 accounts/);
    expect(foreign.reason).toMatch(/45 s: workers of another version/);
  });
});

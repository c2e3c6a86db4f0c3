import { describe, expect, it } from 'vitest';
import { pendingCounts } from '../../src/domain/image-state.ts';
import { endedBadly, tooMuch } from '../../src/workflows/scheduled-pauses.ts';
import { rigSpec } from '../support/rig-images.ts';
import { rigSchedule } from '../support/rig-schedules.ts';

const schedule = rigSchedule(rigSpec('nightly', []));
const rejection = {
  who: 'ann',
  reason: 'not now',
  at: '2026-01-02T00:00:00.000Z',
  request: { kind: 'reject' },
} as const;

describe('a schedule', () => {
  it('pauses where somebody has rejected the rollout of a run, and not where failures have stopped it', () => {
    const stopped = { state: 'STOPPED', counts: pendingCounts(1) } as const;

    expect(endedBadly(schedule, { ...stopped, messages: [rejection] })).toMatch(/^rollout-rejected: ann rejected/);
    expect(endedBadly(schedule, { ...stopped, messages: [] })).toBeNull();
  });

  it.each([
    ['max-changes', 'raise --max-changes'],
    ['max-changed-percentage', 'raise guardrails.maxChangedPercentage'],
  ] as const)('says which number to raise where %s was the limit', (limit, advice) => {
    const text = tooMuch(schedule, { kind: 'pause', wantedCount: 3, maxCount: 2, total: 20, limit });

    expect(text).toContain(`or ${advice}`);
  });
});

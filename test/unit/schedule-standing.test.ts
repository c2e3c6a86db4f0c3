import { expect, it } from 'vitest';
import { scheduleStanding } from '../../src/domain/schedule-standing.ts';

const manifest = { manifestSha256: 'own', since: '2026-01-02T00:00:00.000Z' };

function byHand(manifestSha256: string, day: number) {
  return { startedBy: 'ann', startedAt: `2026-01-0${day}T00:00:00.000Z`, manifestSha256 };
}

it.each([
  ['nothing was begun by hand', null, false, 'clear'],
  ['a rollout is running', null, true, 'rollout-running'],
  ['another manifest came later', byHand('other', 3), false, 'superseded'],
  ['another manifest came later and is running', byHand('other', 3), true, 'superseded'],
  ['another manifest came earlier', byHand('other', 1), false, 'clear'],
  ['the same manifest came later', byHand('own', 3), false, 'clear'],
] as const)('where %s, a schedule stands so', (_what, newest, isRunning, kind) => {
  expect(scheduleStanding({ byHand: newest, isRunning }, manifest).kind).toBe(kind);
});

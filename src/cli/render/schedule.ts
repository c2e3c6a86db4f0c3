import type { ListedSchedule, ScheduledRun, ScheduleDocument, ScheduleTimes } from '../../contracts/schedule.ts';
import { durationText } from '../../domain/timing.ts';
import { oneLine } from './text.ts';

/** Schedules, a line each, with what their pages say. */
export function renderSchedules(schedules: readonly ListedSchedule[]): readonly string[] {
  if (schedules.length === 0) return ['There is no schedule.'];
  return schedules.map(({ name, isPaused, note, nextTimes: [next = 'never'] }) =>
    oneLine(`${name}: ${isPaused ? 'paused' : `next ${next}`}; ${note}`),
  );
}

/** A schedule, for people: what it may change, when it runs, and what its last runs have found and done. */
export function renderSchedule(schedule: ScheduleDocument): readonly string[] {
  const { name, rolloutName, manifestSha256, rules, times, isPaused, note, nextTimes, runs } = schedule;
  const most = rules.maxChanges === undefined ? '10 images or 10 %' : `${rules.maxChanges} images`;
  return [
    `${name}: ${rules.mode}${rules.isRegranting ? ' with regrants' : ''}, at most ${most} a run`,
    `  rollout ${rolloutName}, manifest sha256 ${manifestSha256}, since ${schedule.since}`,
    ...[
      `by ${schedule.createdBy}${schedule.reason === undefined ? '' : `: ${schedule.reason}`}`,
      `${timesText(times)}; ${isPaused ? 'PAUSED' : nextText(name, nextTimes)}`,
      note,
    ].map((line) => `  ${oneLine(line)}`),
    ...runs.flatMap(renderRun),
  ];
}

// Temporal takes times that never come, such as a 30th of February.
function nextText(name: string, nextTimes: readonly string[]): string {
  if (nextTimes.length > 0) return `next: ${nextTimes.join(', ')}`;
  return `NEVER RUNS: no such time comes; give it others with \`policy-rollout schedule update ${name}\``;
}

function timesText({ cron, intervalMs, calendar, timezone = 'UTC', jitterMs }: ScheduleTimes): string {
  const when =
    cron ?? (intervalMs === undefined ? JSON.stringify(calendar ?? {}) : `every ${durationText(intervalMs)}`);
  return `${when}, ${timezone}${jitterMs === undefined ? '' : `, up to ${durationText(jitterMs)} later`}`;
}

function renderRun({ scheduledAt, status, outcome }: ScheduledRun): readonly string[] {
  if (outcome === null) return [`  ${scheduledAt}: ${status}`];
  return [
    `  ${oneLine(`${scheduledAt}: ${outcome.kind}: ${outcome.detail}`)}`,
    ...outcome.notable.map(({ imageArn, step, why }) => `    ${oneLine(`${imageArn}: ${step} (${why.join(', ')})`)}`),
  ];
}

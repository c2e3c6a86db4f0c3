import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { ScheduleTimes } from '../contracts/schedule.ts';
import { AppError } from '../domain/errors.ts';
import type { ScheduleRules } from '../domain/scheduled-change.ts';
import { scheduleModes } from '../domain/scheduled-change.ts';
import { durationArgument } from './duration-argument.ts';

/** What a command line says about when a schedule runs, and what it may change. */
export interface ScheduleOptions {
  readonly cron?: string;
  readonly interval?: number;
  readonly calendar?: Readonly<Record<string, unknown>>;
  readonly timezone?: string;
  readonly jitter?: number;
  readonly mode?: ScheduleRules['mode'];
  readonly maxChanges?: number;
  readonly regrant?: boolean;
}

// Temporal's own fields; what it does not know it would leave out without a word.
const calendarFields = ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'year', 'dayOfWeek', 'comment'];
const shortestIntervalMs = 60_000;

/** Adds the options that create and update have in common. */
export function withScheduleOptions(command: Command): Command {
  return command
    .option('--cron <expression>', 'such as "0 6 * * *", or @daily')
    .addOption(new Option('--interval <duration>', 'such as 6h, of at least 1m').argParser(interval))
    .addOption(new Option('--calendar <json>', `of ${calendarFields.join(', ')}`).argParser(calendar))
    .addOption(new Option('--timezone <zone>', 'IANA name, such as Europe/Berlin (default: UTC)').argParser(timezone))
    .addOption(new Option('--jitter <duration>', 'at most this much later than planned').argParser(durationArgument))
    .addOption(new Option('--mode <mode>', 'what it may change (a new schedule: share-new)').choices(scheduleModes))
    .addOption(
      new Option('--max-changes <count>', 'more than that pauses it (a new schedule: 10 images or 10 %)').argParser(
        count,
      ),
    )
    .option('--regrant', 'give access back that somebody has taken away; with --mode repair')
    .option('--no-regrant', 'leave access away that somebody has taken away (a new schedule)');
}

/** What a schedule may change, where a command line says no more than it should. Throws `usage-wrong`. */
export function rulesOf(options: ScheduleOptions, before: ScheduleRules | null): ScheduleRules {
  const mode = options.mode ?? before?.mode ?? 'share-new';
  const isRegranting = options.regrant ?? before?.isRegranting ?? false;
  const maxChanges = options.maxChanges ?? before?.maxChanges;
  if (isRegranting && mode !== 'repair') {
    throw new AppError('usage-wrong', '--regrant goes with --mode repair: no other mode repairs', { item: mode });
  }
  return { mode, isRegranting, ...(maxChanges === undefined ? {} : { maxChanges }) };
}

/** When a schedule runs; null where the command line does not say. Throws `usage-wrong`. */
export function timesOf({ cron, interval, calendar, timezone, jitter }: ScheduleOptions): ScheduleTimes | null {
  const given = [cron, interval, calendar].filter((one) => one !== undefined);
  if (given.length === 0 && timezone === undefined && jitter === undefined) return null;
  if (given.length !== 1) {
    throw new AppError('usage-wrong', 'Give just one of --cron, --interval and --calendar', { item: 'schedule' });
  }
  if (cron !== undefined) requireCron(cron);
  return {
    ...(cron === undefined ? {} : { cron }),
    ...(interval === undefined ? {} : { intervalMs: interval }),
    ...(calendar === undefined ? {} : { calendar }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(jitter === undefined ? {} : { jitterMs: jitter }),
  };
}

/** Temporal checks the fields; a zone or an interval in the expression would contradict the other options. */
function requireCron(cron: string): void {
  const isShorthand = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(cron);
  const fieldCount = cron.trim().split(/\s+/).length;
  if (isShorthand || (fieldCount >= 5 && fieldCount <= 7 && /^[\d*]/.test(cron.trim()))) return;
  const detail = `"${cron}" is no cron expression: give 5 fields such as "0 6 * * *", or @hourly, @daily, @weekly`;
  throw new AppError('schedule-times-invalid', detail, { item: '--cron' });
}

function interval(text: string): number {
  const ms = durationArgument(text);
  if (ms < shortestIntervalMs) throw new InvalidArgumentError('Give at least 1m: a run looks at every image.');
  return ms;
}

function timezone(text: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text }).format();
    return text;
  } catch {
    throw new InvalidArgumentError('There is no such time zone: give an IANA name, such as Europe/Berlin.');
  }
}

function calendar(text: string): Readonly<Record<string, unknown>> {
  const value = parsedJson(text);
  if (value === null)
    throw new InvalidArgumentError('Give a JSON object, such as \'{"hour":6,"dayOfWeek":"MONDAY"}\'.');
  const unknown = Object.keys(value).find((name) => !calendarFields.includes(name));
  if (unknown === undefined) return value;
  throw new InvalidArgumentError(`There is no field ${unknown}; there are ${calendarFields.join(', ')}.`);
}

function parsedJson(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a number of images, at least 1.');
  return Number(text);
}

import { InvalidArgumentError } from 'commander';
import { durationMs } from '../domain/timing.ts';

/** The milliseconds of an option's value such as `4h`. Throws Commander's error where it is no duration. */
export function durationArgument(text: string): number {
  const ms = durationMs(text);
  if (ms === null) throw new InvalidArgumentError('Give a duration such as 90s, 30m or 4h.');
  return ms;
}

import type { Check } from '../../domain/doctor.ts';
import type { Paint, Style } from './text.ts';
import { oneLine } from './text.ts';

const styles: Readonly<Record<Check['level'], Style>> = { ok: 'green', warn: 'yellow', fail: 'red' };

/** A line for each check, with what to do below those that are not ok, and a summary. */
export function renderChecks(checks: readonly Check[], paint: Paint): readonly string[] {
  const width = Math.max(...checks.map(({ id }) => id.length));
  const count = (level: Check['level']): number => checks.filter((check) => check.level === level).length;
  return [
    ...checks.flatMap(({ id, subject, level, finding, remedy }) => [
      `${paint(styles[level], level.padEnd(4))}  ${id.padEnd(width)}  ${oneLine(subject)}: ${oneLine(finding)}`,
      ...(remedy === null ? [] : [`${' '.repeat(width + 8)}what to do: ${oneLine(remedy)}`]),
    ]),
    `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} to mend`,
  ];
}

import type { StatusReport } from '../../contracts/report.ts';
import type { Awaited, WaveStatus } from '../../contracts/rollout.ts';
import type { ImageCounts } from '../../domain/image-state.ts';
import { answerTo } from '../../domain/printed-command.ts';
import { countsText } from './counts.ts';
import { throttledText } from './pace.ts';
import { heldUpText } from './status.ts';
import type { Paint } from './text.ts';
import { cut, durationText, oneLine, withoutColour } from './text.ts';

/** Where and when a live block is drawn. */
export interface LiveView {
  /** The instant, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Characters of a line of the terminal. */
  readonly width: number;
}

// A block that is higher than the terminal could not be drawn anew.
const mostWaves = 8;
const widestBar = 40;
const windowMs = 60_000;

/** Images that come to an end in a second: over the last minute, or since the start where that is less. */
export function imagesPerSecond(
  { imagesPerMinute, startedAt }: Pick<StatusReport, 'imagesPerMinute' | 'startedAt'>,
  nowMs: number,
): number {
  const spanMs = Math.min(windowMs, nowMs - Date.parse(startedAt));
  return imagesPerMinute === null || spanMs <= 0 ? 0 : (imagesPerMinute * 1_000) / spanMs;
}

/**
 * The lines that are redrawn while somebody waits: pace and time that is left, a bar for each wave and for the whole, what
 * AWS has throttled of late, and what is waited for with the command that answers it, which can be pasted. None is longer
 * than the terminal is wide.
 */
export function renderLiveBlock(status: StatusReport, { nowMs, width }: LiveView, paint: Paint): readonly string[] {
  const { rolloutName, state, counts, startedAt, waves, awaits } = status;
  const time = durationText(nowMs - Date.parse(startedAt));
  const headline = `${oneLine(rolloutName)}: ${state} for ${time}${paceLeftText(status, nowMs)}`;
  return [
    cut(headline, width - 1),
    ...(waves.length < 2 ? [] : renderWaves(waves, width, paint)),
    ...renderBar(counts, width, paint),
    ...throttledOfLate(status, nowMs).map((line) => cut(line, width - 1)),
    ...(awaits === null ? [] : awaitedLines(awaits, rolloutName, width - 1)),
    ...heldUpLines(status).map((line) => cut(line, width - 1)),
  ];
}

/** One line of a log for a status. */
export function renderProgressLine(status: StatusReport): string {
  const { rolloutName, state, counts, waves, awaits } = status;
  const current =
    waves.length < 2 ? undefined : waves.find((wave) => wave.state !== 'DONE' && wave.state !== 'PENDING');
  const wave = current === undefined ? '' : `, wave ${oneLine(current.name)}`;
  const line = `${oneLine(rolloutName)}: ${state}${wave}, ${countsText(counts, withoutColour)}`;
  const waiting = awaits === null ? [] : [`waits for: ${oneLine(awaits.text)}`];
  return [line, ...waiting, ...heldUpLines(status)].join('; ');
}

function paceLeftText(status: StatusReport, nowMs: number): string {
  const perSecond = imagesPerSecond(status, nowMs);
  if (perSecond === 0) return '';
  const pace = `, ${perSecond.toFixed(1)} images/s`;
  const left = status.counts.total - settledCount(status.counts);
  // Nobody knows how long a person takes.
  if (left === 0 || status.awaits !== null) return pace;
  return `${pace}, about ${durationText((left / perSecond) * 1_000)} left`;
}

function renderWaves(waves: readonly WaveStatus[], width: number, paint: Paint): readonly string[] {
  const current = waves.findIndex(({ state }) => state !== 'DONE');
  const first = Math.max(0, Math.min(current - 1, waves.length - mostWaves));
  const shown = waves.slice(first, first + mostWaves);
  const nameWidth = Math.max(...shown.map(({ name }) => oneLine(name).length));
  const hidden = waves.length - shown.length;
  return [
    ...shown.map((wave) => renderWave(wave, { nameWidth, width }, paint)),
    ...(hidden === 0 ? [] : [cut(`… and ${hidden} more waves`, width - 1)]),
  ];
}

function renderWave(
  { name, state, counts }: WaveStatus,
  { nameWidth, width }: { readonly nameWidth: number; readonly width: number },
  paint: Paint,
): string {
  const label = oneLine(name).padEnd(nameWidth);
  const done = settledCount(counts);
  const facts = `${done}/${counts.total} ${state}`;
  const cells = Math.min(widestBar / 2, width - label.length - facts.length - 3);
  // Where there is no room for a bar, the numbers say it.
  if (cells < 4) return cut(`${label} ${facts}`, width - 1);
  const plain = `${label} ${'█'.repeat(cells)} ${facts}: `;
  const rest = cut(countsText(counts, withoutColour), width - 1 - plain.length);
  const whole = `${label} ${barOf(done, counts.total, cells, paint)} ${facts}`;
  return plain.length + 12 > width ? whole : `${whole}: ${rest}`;
}

function renderBar(counts: ImageCounts, width: number, paint: Paint): readonly string[] {
  const done = settledCount(counts);
  const cells = Math.max(4, Math.min(widestBar, width - 16));
  const plainCounts = countsText(counts, withoutColour);
  return [
    `${barOf(done, counts.total, cells, paint)} ${done}/${counts.total}`,
    plainCounts.length < width ? countsText(counts, paint) : cut(plainCounts, width - 1),
  ];
}

function settledCount({ total, pending, running }: ImageCounts): number {
  return total - pending - running;
}

function throttledOfLate({ throttled }: StatusReport, nowMs: number): readonly string[] {
  const [worst, ...others] = throttled.filter(({ at }) => Date.parse(at) > nowMs - windowMs);
  if (worst === undefined) return [];
  return [`throttled by AWS: ${throttledText(worst)}${others.length === 0 ? '' : `, and ${others.length} more`}`];
}

/** What is awaited, and below it the command that answers it: cut off it would be of no use. */
function awaitedLines({ kind, text }: Awaited, rolloutName: string, width: number): readonly string[] {
  const command = answerTo(kind, oneLine(rolloutName));
  const sentence = text.endsWith(command) ? text.slice(0, -command.length) : text;
  return [cut(`waits for: ${oneLine(sentence)}`, width), ...commandLines(command, width)];
}

/** A command in lines of a width: a shell takes lines as one where they end with a backslash. */
function commandLines(command: string, width: number): readonly string[] {
  if (command.length <= width) return [command];
  const lines = command.split(' ').reduce<readonly string[]>((made, word) => {
    const longer = [...made.slice(-1), word].join(' ');
    return longer.length + 2 <= width ? [...made.slice(0, -1), longer] : [...made, word];
  }, []);
  return lines.map((line, at) => cut(at === lines.length - 1 ? line : `${line} \\`, width));
}

function heldUpLines({ heldUpBy }: StatusReport): readonly string[] {
  return heldUpBy === null ? [] : [`held up by: ${heldUpText(heldUpBy)}`];
}

function barOf(done: number, total: number, cells: number, paint: Paint): string {
  const full = total === 0 ? cells : Math.floor((done / total) * cells);
  return `${paint('green', '█'.repeat(full))}${paint('dim', '░'.repeat(cells - full))}`;
}

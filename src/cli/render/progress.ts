import type { StatusReport } from '../../contracts/report.ts';
import { wavesText } from './pace.ts';
import { heldUpText } from './status.ts';
import { countsText } from './counts.ts';
import type { Paint } from './text.ts';
import { cut, durationText, oneLine, withoutColour } from './text.ts';

/** How far a rollout was when somebody looked. */
export interface Sample {
  readonly atMs: number;
  readonly settledCount: number;
}

/** How many images have come to an end. */
export function settledCount({ counts }: Pick<StatusReport, 'counts'>): number {
  return counts.total - counts.pending - counts.running;
}

/** Images that came to an end in a second, between two looks; null where there is nothing to say yet. */
export function imagesPerSecond(first: Sample, last: Sample): number | null {
  const seconds = (last.atMs - first.atMs) / 1_000;
  return seconds <= 0 ? null : (last.settledCount - first.settledCount) / seconds;
}

/** The lines that are redrawn while somebody waits; none is longer than the terminal is wide. */
export function renderLiveBlock(
  status: StatusReport,
  { nowMs, perSecond, width }: { readonly nowMs: number; readonly perSecond: number | null; readonly width: number },
  paint: Paint,
): readonly string[] {
  const { rolloutName, state, counts, startedAt, waves } = status;
  const done = settledCount(status);
  const speed = perSecond === null || perSecond === 0 ? '' : `, ${perSecond.toFixed(1)} images/s`;
  const time = durationText(nowMs - Date.parse(startedAt));
  const headline = cut(`${oneLine(rolloutName)}: ${state} for ${time}${speed}`, width - 1);
  const bar = `${barOf(done, counts.total, Math.min(40, width - 16), paint)} ${done}/${counts.total}`;
  const plainCounts = countsText(counts, withoutColour);
  const countsLine = plainCounts.length < width ? countsText(counts, paint) : cut(plainCounts, width - 1);
  const waveLines = waves.length < 2 ? [] : [cut(wavesText(waves), width - 1)];
  return [headline, bar, countsLine, ...waveLines, ...obstaclesOf(status).map((line) => cut(line, width - 1))];
}

/** One line of a log for a status. */
export function renderProgressLine(status: StatusReport): string {
  const { rolloutName, state, counts, waves } = status;
  const current =
    waves.length < 2 ? undefined : waves.find((wave) => wave.state !== 'DONE' && wave.state !== 'PENDING');
  const wave = current === undefined ? '' : `, wave ${oneLine(current.name)}`;
  const line = `${oneLine(rolloutName)}: ${state}${wave}, ${countsText(counts, withoutColour)}`;
  return [line, ...obstaclesOf(status)].join('; ');
}

function obstaclesOf({ awaits, heldUpBy }: StatusReport): readonly string[] {
  return [
    ...(awaits === null ? [] : [`waits for: ${oneLine(awaits.text)}`]),
    ...(heldUpBy === null ? [] : [`held up by: ${heldUpText(heldUpBy)}`]),
  ];
}

function barOf(done: number, total: number, width: number, paint: Paint): string {
  const cells = Math.max(4, width);
  const full = total === 0 ? cells : Math.floor((done / total) * cells);
  return `${paint('green', '█'.repeat(full))}${paint('dim', '░'.repeat(cells - full))}`;
}

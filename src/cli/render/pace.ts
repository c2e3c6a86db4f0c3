import type { StatusReport } from '../../contracts/report.ts';
import type { RecordedMessage } from '../../contracts/requests.ts';
import type { PresentPace, StartedUndo, WaveStatus } from '../../contracts/rollout.ts';
import type { EffectivePace, WaveSize } from '../../domain/strategy.ts';
import { paceWarnings } from '../../domain/strategy.ts';
import type { ThrottledCalls } from '../../domain/throttled.ts';
import type { Paint } from './text.ts';
import { oneLine, plural } from './text.ts';

const mostThrottled = 3;

/** The numbers that a strategy comes to, before its first wave, with what is odd about them. */
export function renderPace(pace: EffectivePace, waves: readonly WaveSize[], paint: Paint): readonly string[] {
  const sizes = waves.map(({ name, imageCount }) => `${oneLine(name)} ${imageCount}`).join(', ');
  const own = waves.flatMap(({ name, failureToleranceCount }) =>
    failureToleranceCount === undefined ? [] : `${failureToleranceCount} of ${oneLine(name)}`,
  );
  return [
    `${plural(pace.toChange, 'image')} to change${waves.length === 0 ? '' : `: ${sizes}`}; ${paceText(pace)}`,
    ...(own.length === 0 ? [] : [`waves with a tolerance of their own: ${own.join(', ')} may fail`]),
    ...paceWarnings(pace, waves).map((warning) => `${paint('yellow', 'warning:')} ${oneLine(warning)}`),
  ];
}

/** `10 at once, 0 may fail, SOFT_FAILURE_TOLERANCE, starts with 10`. */
export function paceText({
  maxConcurrentCount,
  failureToleranceCount,
  concurrencyMode,
  startsWith,
}: EffectivePace): string {
  return `${maxConcurrentCount} at once, ${failureToleranceCount} may fail, ${concurrencyMode}, starts with ${startsWith}`;
}

/** The same with the caps that hold: `…, PutImagePolicy at most 5 calls/s`. */
export function presentPaceText(pace: PresentPace): string {
  const caps = Object.entries(pace.rateLimits).map(([operation, calls]) => `${operation} at most ${calls} calls/s`);
  return [paceText(pace), ...caps].join(', ');
}

/** `canary DONE (2), everything RUNNING (38)`; a wave that was cut short is `DONE (38, of them 21 skipped)`. */
export function wavesText(waves: readonly WaveStatus[]): string {
  return waves.map(waveText).join(', ');
}

function waveText({ name, state, imageCount, failureToleranceCount, counts: { skipped } }: WaveStatus): string {
  const cut = skipped === 0 ? '' : `, of them ${skipped} skipped`;
  const own = failureToleranceCount === undefined ? '' : `, ${failureToleranceCount} may fail`;
  return `${oneLine(name)} ${state} (${imageCount}${own}${cut})`;
}

/** What AWS has throttled so far, the worst operations with the pace after it; no line where it took all calls. */
export function renderThrottled({
  throttledCount,
  throttled,
}: Pick<StatusReport, 'throttledCount' | 'throttled'>): readonly string[] {
  if (throttledCount === 0) return [];
  const hidden = throttled.length - mostThrottled;
  return [
    `throttled by AWS: ${plural(throttledCount, 'call')}, each repeated`,
    ...throttled.slice(0, mostThrottled).map((calls) => `    ${throttledText(calls)}`),
    ...(hidden > 0 ? [`    … and ${plural(hidden, 'more operation')}`] : []),
  ];
}

/** `PutImagePolicy in 111111111111/us-east-1: 3 calls, then at most 4.2 calls/s`. */
export function throttledText({ account, region, operation, count, perSecond }: ThrottledCalls): string {
  const pace = perSecond === null ? '' : `, then at most ${perSecond} calls/s`;
  return oneLine(`${operation} in ${account}/${region}: ${plural(count, 'call')}${pace}`);
}

/** `2026-11-24T07:00:00.000Z ann@host: pause: AWS is unstable`. */
export function renderMessage({ at, who, reason, request }: RecordedMessage): string {
  const numbers = request.kind === 'set' ? ` ${JSON.stringify(request.strategy)}` : '';
  const undo = request.kind === 'abort' && request.isUndoing ? ' and undo' : '';
  return `${at} ${oneLine(who)}: ${request.kind}${numbers}${undo}: ${oneLine(reason)}`;
}

/** What became of the undo that an abort asked for, with the command that follows it. */
export function undoText({ rolloutName, runId, detail = '' }: StartedUndo): string {
  const name = oneLine(rolloutName);
  return runId === null ? `not undone: ${oneLine(detail)}` : `undone by ${name}: policy-rollout watch ${name}`;
}

import type { ImageError } from '../../contracts/image.ts';
import type { StatusReport } from '../../contracts/report.ts';
import { errorCodes } from '../../domain/errors.ts';
import type { FailureSummary } from '../../contracts/rollout.ts';
import { countsText } from './counts.ts';
import { renderOrigin } from './origin.ts';
import { presentPaceText, renderMessage, renderThrottled, undoText, wavesText } from './pace.ts';
import type { Paint } from './text.ts';
import { durationText, oneLine, plural } from './text.ts';
import { longestList } from './troubles.ts';

/** Where a rollout stands, for people. */
export function renderStatus(status: StatusReport, nowMs: number, paint: Paint): readonly string[] {
  const { rolloutName, state, counts, startedAt, finishedAt } = status;
  const { failures, awaits, heldUpBy, waves, effective, messages, error, undo } = status;
  const { imagesPerMinute } = status;
  const endMs = finishedAt === null ? nowMs : Date.parse(finishedAt);
  const time = `${finishedAt === null ? 'for' : 'in'} ${durationText(endMs - Date.parse(startedAt))}`;
  return [
    `${paint('bold', oneLine(rolloutName))}: ${state}, ${plural(counts.total, 'image')} ${time}`,
    `  images: ${countsText(counts, paint)}`,
    ...renderOrigin(status).map((line) => `  ${line}`),
    ...(waves.length === 0 ? [] : [`  waves: ${wavesText(waves)}`]),
    ...(effective === null ? [] : [`  pace: ${presentPaceText(effective)}`]),
    ...(imagesPerMinute === null ? [] : [`  in the last minute: ${plural(imagesPerMinute, 'image')} ended`]),
    ...renderThrottled(status).map((line) => `  ${line}`),
    ...messages.map((message) => `  ${renderMessage(message)}`),
    ...(error === undefined ? [] : [`  ${paint('red', error.code)}: ${oneLine(error.detail)}`]),
    ...(undo === undefined ? [] : [`  ${undoText(undo)}`]),
    ...(awaits === null ? [] : [`  ${paint('yellow', 'waits for:')} ${oneLine(awaits.text)}`]),
    ...(heldUpBy === null ? [] : [`  ${paint('yellow', 'held up by:')} ${heldUpText(heldUpBy)}`]),
    ...failures.slice(0, longestList).flatMap((failure) => renderFailure(failure, paint)),
    ...(failures.length < longestList ? [] : [`  every image: policy-rollout report ${oneLine(rolloutName)}`]),
  ];
}

/** Why a step is being repeated, in one line. */
export function heldUpText({ code, detail }: ImageError): string {
  return `${code}: ${errorCodes[code].title}: ${oneLine(detail)}`;
}

function renderFailure({ imageArn, code, detail }: FailureSummary, paint: Paint): readonly string[] {
  const { title, hint } = errorCodes[code];
  return [
    `  ${oneLine(imageArn)}`,
    `      ${paint('red', code)}: ${title}: ${oneLine(detail)}`,
    `      ${paint('dim', 'what to do:')} ${hint}`,
  ];
}

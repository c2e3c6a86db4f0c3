import type { ReportedError, ReportedImage, RolloutReport } from '../../contracts/report.ts';
import { imageLabel, isImageArn } from '../../domain/arn.ts';
import { repeatsText } from '../../domain/selection.ts';
import { countsText, paintState } from './counts.ts';
import { nextSteps, unknownImagesText } from './next-steps.ts';
import { renderOrigin } from './origin.ts';
import { renderMessage, undoText } from './pace.ts';
import type { Paint } from './text.ts';
import { durationText, oneLine, plural, tableOf } from './text.ts';
import type { Trouble } from './troubles.ts';
import { examplesOfGroup, longestList, troublesOf } from './troubles.ts';

/** The address of a workflow run for people; null where it is not known. */
export type LinkOf = (run: { readonly workflowId: string; readonly runId: string }) => string | null;

/** What a report is rendered for. */
export interface ReportView {
  /** Images that are named: those that did not succeed, or all where they are few. */
  readonly shown: 'not-succeeded' | 'all';
  /** The instant it is read at, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Where a run is shown; null where that is not known. */
  readonly linkOf: LinkOf;
}

/** The end of a rollout, for people: counts, each image that did not succeed with cause and remedy, and what to do next. */
export function renderReport(
  report: RolloutReport,
  { shown, nowMs, linkOf }: ReportView,
  paint: Paint,
): readonly string[] {
  const { rolloutName, state, counts, startedAt, finishedAt, images, waves, messages, overrides } = report;
  const { awaits, error, undo, repeats } = report;
  const unknown = unknownImagesText(report);
  const endMs = finishedAt === null ? nowMs : Date.parse(finishedAt);
  const time = `${finishedAt === null ? 'for' : 'in'} ${durationText(endMs - Date.parse(startedAt))}`;
  const troubles = troublesOf(images);
  return [
    `${paint('bold', oneLine(rolloutName))}: ${state}, ${plural(counts.total, 'image')} ${time}`,
    `  ${countsText(counts, paint)}`,
    ...(waves.length < 2 ? [] : waves.map((wave) => `  ${oneLine(wave.name)}: ${countsText(wave.counts, paint)}`)),
    ...renderOrigin(report).map((line) => `  ${line}`),
    ...overrides.map((name) => `  guardrail set aside: ${name}`),
    ...(repeats === null ? [] : [`  ${oneLine(repeatsText(repeats))}`]),
    ...messages.map((message) => `  ${renderMessage(message)}`),
    ...(error === undefined ? [] : [`  ${paint('red', error.code)}: ${oneLine(error.detail)}`]),
    ...(unknown === null ? [] : [`  ${paint('yellow', 'warning:')} ${unknown}`]),
    ...(undo === undefined ? [] : [`  ${undoText(undo)}`]),
    ...(awaits === null ? [] : [`  ${paint('yellow', 'waits for:')} ${oneLine(awaits.text)}`]),
    ...(troubles.length === 0 ? [] : ['', ...troubles.flatMap((trouble) => renderTrouble(trouble, linkOf, paint))]),
    ...(shown === 'all' ? ['', ...renderEveryImage(rolloutName, images, paint)] : []),
    '',
    ...nextSteps(report).map(({ text, command }) => `${paint('dim', 'next:')} ${text}${command ?? ''}`),
  ];
}

/** What became of one image, with cause, remedy and runbook. */
export function renderImage(
  image: Omit<ReportedImage, 'wave' | 'attempts' | 'runId'>,
  paint: Paint,
): readonly string[] {
  const { imageArn, state, visibility, residue = [], runbook, error } = image;
  const unseen = visibility.filter(({ verdict }) => verdict !== 'VISIBLE');
  return [
    `${labelOf(imageArn)}: ${paintState(state, state, paint)}`,
    ...(error === undefined ? [] : renderReason(error, paint)),
    ...unseen.map(({ principal, verdict, expiresAt }) => {
      const until = expiresAt === undefined ? '' : ` until ${expiresAt}`;
      return `    ${oneLine(principal)}: ${verdict}${until}`;
    }),
    ...(residue.length === 0 ? [] : [`    left behind, gives nobody access: ${residue.join(', ')}`]),
    ...(runbook === undefined ? [] : ['    runbook:', ...runbook.split('\n').map((line) => `      ${oneLine(line)}`)]),
  ];
}

function renderEveryImage(rolloutName: string, images: readonly ReportedImage[], paint: Paint): readonly string[] {
  if (images.length > longestList) {
    return [`  every image: policy-rollout report ${oneLine(rolloutName)} --csv`];
  }
  const rows = images.map(({ imageArn, state, error }) => [labelOf(imageArn), state, error?.code ?? '']);
  const lines = tableOf([['IMAGE', 'STATE', 'WHY'], ...rows]);
  return lines.map((line, at) => {
    const state = images[at - 1]?.state;
    return `  ${state === undefined ? paint('dim', line.trimEnd()) : paintState(state, line.trimEnd(), paint)}`;
  });
}

function renderTrouble({ first, images }: Trouble, linkOf: LinkOf, paint: Paint): readonly string[] {
  if (images.length === 1) {
    const link = imageLink(first, linkOf);
    return [...renderImage(first, paint), ...(link === null ? [] : [`    workflow: ${link}`])].map(
      (line) => `  ${line}`,
    );
  }
  const more = images.length - examplesOfGroup;
  return [
    `  ${plural(images.length, 'image')} ${paintState(first.state, first.state, paint)}`,
    ...(first.error === undefined ? [] : renderReason(first.error, paint).map((line) => `  ${line}`)),
    ...images.slice(0, examplesOfGroup).map((image) => {
      const link = imageLink(image, linkOf);
      return `      ${labelOf(image.imageArn)}${link === null ? '' : ` ${link}`}`;
    }),
    ...(more > 0 ? [`      … and ${more} more`] : []),
  ];
}

function imageLink({ workflowId, runId }: ReportedImage, linkOf: LinkOf): string | null {
  return runId === null ? null : linkOf({ workflowId, runId });
}

function renderReason({ code, title, detail, hint, requestId }: ReportedError, paint: Paint): readonly string[] {
  return [
    `    ${paint('bold', code)}: ${title}`,
    ...(detail === '' ? [] : [`    ${oneLine(detail)}`]),
    ...(requestId === undefined ? [] : [`    request id: ${oneLine(requestId)}`]),
    `    ${paint('dim', 'what to do:')} ${hint}`,
  ];
}

function labelOf(imageArn: string): string {
  return isImageArn(imageArn) ? imageLabel(imageArn) : oneLine(imageArn);
}

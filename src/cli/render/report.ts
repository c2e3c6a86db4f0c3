import type { ReportedError, ReportedImage, RolloutReport } from '../../contracts/report.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { ImageCounts, ImageState } from '../../domain/image-state.ts';
import { imageLabel, isImageArn } from '../../domain/arn.ts';
import { countsText, paintState } from './counts.ts';
import { renderMessage, undoText } from './pace.ts';
import type { Paint } from './text.ts';
import { durationText, oneLine, plural, tableOf } from './text.ts';

/** Beyond this many images that did not succeed, they are summed up by their code. */
const longestList = 20;
const examplesOfCode = 3;
// There is nothing to explain about them.
const calmStates: ReadonlySet<ImageState> = new Set(['PENDING', 'RUNNING', 'SUCCEEDED', 'UNCHANGED']);

// What became of an image because of others; those others are named first.
const consequences: ReadonlySet<ErrorCode> = new Set([
  'images-blocked',
  'tolerance-exceeded',
  'rollout-rejected',
  'cancelled',
]);

/** What a report is rendered for. */
export interface ReportView {
  /** Images that are named: those that did not succeed, or all. */
  readonly shown: 'not-succeeded' | 'all';
  /** The instant it is read at, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** The end of a rollout, for people: counts, each image that did not succeed with cause and remedy, and what to do next. */
export function renderReport(report: RolloutReport, { shown, nowMs }: ReportView, paint: Paint): readonly string[] {
  const { rolloutName, state, counts, startedAt, finishedAt, images, waves, messages, overrides, error, undo } = report;
  const endMs = finishedAt === null ? nowMs : Date.parse(finishedAt);
  const time = `${finishedAt === null ? 'for' : 'in'} ${durationText(endMs - Date.parse(startedAt))}`;
  const troubled = images.filter(({ state: imageState }) => !calmStates.has(imageState));
  return [
    `${paint('bold', oneLine(rolloutName))}: ${state}, ${plural(counts.total, 'image')} ${time}`,
    `  ${countsText(counts, paint)}`,
    ...(waves.length < 2 ? [] : waves.map((wave) => `  ${oneLine(wave.name)}: ${countsText(wave.counts, paint)}`)),
    ...overrides.map((name) => `  guardrail set aside: ${name}`),
    ...messages.map((message) => `  ${renderMessage(message)}`),
    ...(error === undefined ? [] : [`  ${paint('red', error.code)}: ${oneLine(error.detail)}`]),
    ...(undo === undefined ? [] : [`  ${undoText(undo)}`]),
    ...(shown === 'all' ? ['', ...renderEveryImage(images, paint)] : []),
    ...(troubled.length === 0 ? [] : ['', ...renderTroubled(troubled, paint)]),
    '',
    ...nextCommands(rolloutName, counts).map((line) => `${paint('dim', 'next:')} ${line}`),
  ];
}

/** What became of one image, with cause, remedy and runbook. */
export function renderImage(image: Omit<ReportedImage, 'wave' | 'attempts'>, paint: Paint): readonly string[] {
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

function renderEveryImage(images: readonly ReportedImage[], paint: Paint): readonly string[] {
  const rows = images.map(({ imageArn, state, error }) => [labelOf(imageArn), state, error?.code ?? '']);
  const lines = tableOf([['IMAGE', 'STATE', 'WHY'], ...rows]);
  return lines.map((line, at) => {
    const state = images[at - 1]?.state;
    return `  ${state === undefined ? paint('dim', line.trimEnd()) : paintState(state, line.trimEnd(), paint)}`;
  });
}

function renderTroubled(images: readonly ReportedImage[], paint: Paint): readonly string[] {
  const causes = images.filter(({ error }) => error === undefined || !consequences.has(error.code));
  const rest = images.filter((image) => !causes.includes(image));
  const lines = [
    ...(causes.length > longestList
      ? renderByCode(causes, paint)
      : causes.flatMap((image) => renderImage(image, paint))),
    ...renderByCode(rest, paint),
  ];
  return lines.map((line) => `  ${line}`);
}

function renderByCode(images: readonly ReportedImage[], paint: Paint): readonly string[] {
  const groups = new Map<string, ReportedImage[]>();
  for (const image of images) {
    const key = `${image.state} ${image.error?.code ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), image]);
  }
  const largestFirst = [...groups.values()].sort((left, right) => right.length - left.length);
  return largestFirst.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const examples = group.slice(0, examplesOfCode).map(({ imageArn }) => `    ${labelOf(imageArn)}`);
    const more = group.length > examplesOfCode ? [`    … and ${group.length - examplesOfCode} more`] : [];
    const headline = `${plural(group.length, 'image')} ${paintState(first.state, first.state, paint)}`;
    return [headline, ...(first.error === undefined ? [] : renderReason(first.error, paint)), ...examples, ...more];
  });
}

function renderReason({ code, title, detail, hint, requestId }: ReportedError, paint: Paint): readonly string[] {
  return [
    `    ${paint('bold', code)}: ${title}`,
    ...(detail === '' ? [] : [`    ${oneLine(detail)}`]),
    ...(requestId === undefined ? [] : [`    request id: ${oneLine(requestId)}`]),
    `    ${paint('dim', 'what to do:')} ${hint}`,
  ];
}

function nextCommands(rolloutName: string, counts: ImageCounts): readonly string[] {
  const { total, succeeded, unchanged, running, pending, compensationFailed } = counts;
  if (running + pending > 0) return [`policy-rollout watch ${rolloutName}`];
  if (compensationFailed > 0) return [`follow the runbooks of the images that are COMPENSATION_FAILED`];
  if (succeeded + unchanged < total)
    return [`mend the causes, then: policy-rollout redrive ${oneLine(rolloutName)} --reason "…"`];
  return [`policy-rollout report ${rolloutName} --json`];
}

function labelOf(imageArn: string): string {
  return isImageArn(imageArn) ? imageLabel(imageArn) : oneLine(imageArn);
}

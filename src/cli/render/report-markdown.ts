import type { ReportedImage, RolloutReport } from '../../contracts/report.ts';
import type { ImageState } from '../../domain/image-state.ts';
import { countsText } from './counts.ts';
import { renderMessage, undoText } from './pace.ts';
import { durationText, oneLine, plural, withoutColour } from './text.ts';

// There is nothing to explain about them.
const calmStates: ReadonlySet<ImageState> = new Set(['PENDING', 'RUNNING', 'SUCCEEDED', 'UNCHANGED']);
// A comment on a pull request takes 65,536 characters.
const longestList = 50;

/** A report in markdown, for a pull request or a ticket: counts, waves, and what did not succeed. */
export function renderReportMarkdown(report: RolloutReport, nowMs: number): readonly string[] {
  const { rolloutName, state, counts, startedAt, finishedAt, startedBy, reason, annotations, error, messages, undo } =
    report;
  const endMs = finishedAt === null ? nowMs : Date.parse(finishedAt);
  const time = durationText(endMs - Date.parse(startedAt));
  const troubled = report.images.filter((image) => !calmStates.has(image.state));
  return [
    `## ${escaped(rolloutName)}: ${escaped(state)}`,
    '',
    `${plural(counts.total, 'image')} in ${time}: ${countsText(counts, withoutColour)}`,
    '',
    `- started ${startedAt} by ${escaped(startedBy)}${reason === null ? '' : `: ${escaped(reason)}`}`,
    ...Object.entries(annotations).map(([key, value]) => `- ${escaped(key)}: ${escaped(value)}`),
    ...report.overrides.map((name) => `- guardrail set aside: ${escaped(name)}`),
    ...messages.map((message) => `- ${escaped(renderMessage(message))}`),
    ...(error === undefined ? [] : [`- ended early: \`${error.code}\` ${escaped(error.detail)}`]),
    ...(undo === undefined ? [] : [`- ${escaped(undoText(undo))}`]),
    ...wavesTable(report),
    ...troubledTable(troubled),
  ];
}

function wavesTable({ waves }: RolloutReport): readonly string[] {
  if (waves.length < 2) return [];
  const rows = waves.map(({ name, counts }) => `| ${escaped(name)} | ${countsText(counts, withoutColour)} |`);
  return ['', '| Wave | Images |', '| --- | --- |', ...rows];
}

function troubledTable(images: readonly ReportedImage[]): readonly string[] {
  if (images.length === 0) return [];
  const rows = images.slice(0, longestList).map(({ imageArn, state, error }) => {
    const why = error === undefined ? '' : `\`${error.code}\` ${escaped(error.detail)}. ${escaped(error.hint)}`;
    return `| ${escaped(imageArn)} | ${escaped(state)} | ${why} |`;
  });
  const more = images.length > longestList ? ['', `… and ${images.length - longestList} more`] : [];
  return ['', '| Image | State | Why, and what to do |', '| --- | --- | --- |', ...rows, ...more];
}

// Texts of people and of AWS are data: nothing in them may become a link, a tag, a mention or a column.
function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_[\]<>|#!~&@]/g, '\\$&');
}

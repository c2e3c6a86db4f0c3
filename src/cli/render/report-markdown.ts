import type { ReportedImage, RolloutReport } from '../../contracts/report.ts';
import { countsText } from './counts.ts';
import { renderMessage, undoText } from './pace.ts';
import { durationText, oneLine, plural, withoutColour } from './text.ts';
import type { Trouble } from './troubles.ts';
import { examplesOfGroup, troublesOf } from './troubles.ts';

/** A report in markdown, for a pull request or a ticket: counts, waves, and what did not succeed. */
export function renderReportMarkdown(report: RolloutReport, nowMs: number): readonly string[] {
  const { rolloutName, state, counts, startedAt, finishedAt, startedBy, reason, annotations, messages } = report;
  const { awaits, error, undo } = report;
  const endMs = finishedAt === null ? nowMs : Date.parse(finishedAt);
  const time = durationText(endMs - Date.parse(startedAt));
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
    ...(awaits === null ? [] : [`- waits for: ${escaped(awaits.text)}`]),
    ...wavesTable(report),
    ...troublesTable(troublesOf(report.images)),
  ];
}

function wavesTable({ waves }: RolloutReport): readonly string[] {
  if (waves.length < 2) return [];
  const rows = waves.map(({ name, counts }) => `| ${escaped(name)} | ${countsText(counts, withoutColour)} |`);
  return ['', '| Wave | Images |', '| --- | --- |', ...rows];
}

function troublesTable(troubles: readonly Trouble[]): readonly string[] {
  if (troubles.length === 0) return [];
  const rows = troubles.map(({ first: { state, error }, images }) => {
    const why = error === undefined ? '' : `\`${error.code}\` ${escaped(error.detail)}. ${escaped(error.hint)}`;
    return `| ${namesOf(images)} | ${escaped(state)} | ${why} |`;
  });
  return ['', '| Image | State | Why, and what to do |', '| --- | --- | --- |', ...rows];
}

function namesOf(images: readonly ReportedImage[]): string {
  const named = images.slice(0, examplesOfGroup).map(({ imageArn }) => escaped(imageArn));
  const more = images.length > examplesOfGroup ? [`… and ${images.length - examplesOfGroup} more`] : [];
  return [...(images.length === 1 ? [] : [plural(images.length, 'image')]), ...named, ...more].join('<br>');
}

// Texts of people and of AWS are data: nothing in them may become a link, a tag, a mention or a column.
function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_[\]<>|#!~&@]/g, '\\$&');
}

import type { ReportedImage, RolloutReport } from '../../contracts/report.ts';
import { repeatsText } from '../../domain/selection.ts';
import { countsText } from './counts.ts';
import { renderEvidence, renderRunbooks } from './evidence-markdown.ts';
import { escaped, fitting, linked } from './markdown.ts';
import { nextSteps, unknownImagesText } from './next-steps.ts';
import { renderMessage, undoText } from './pace.ts';
import type { LinkOf } from './report.ts';
import { durationText, plural, withoutColour } from './text.ts';
import type { Trouble } from './troubles.ts';
import { examplesOfGroup, troublesOf } from './troubles.ts';

// A comment on a pull request takes 65,536 characters; with those of the evidence these stay below.
const mostOfRemarks = 8_000;
const mostOfWaves = 5_000;
const mostOfTroubles = 20_000;

/**
 * A report in markdown, for a comment on a pull request or a ticket: counts, waves, what did not succeed, what goes on from
 * here, and behind folds the runbooks and the evidence. However many images there are, it fits into a comment.
 */
export function renderReportMarkdown(report: RolloutReport, nowMs: number, linkOf: LinkOf): readonly string[] {
  const { rolloutName, state, counts, startedAt, finishedAt, images } = report;
  const endMs = finishedAt === null ? nowMs : Date.parse(finishedAt);
  const time = durationText(endMs - Date.parse(startedAt));
  return [
    `## ${linked(escaped(rolloutName), linkOf(report))}: ${escaped(state)}`,
    '',
    `${plural(counts.total, 'image')} in ${time}: ${countsText(counts, withoutColour)}`,
    '',
    ...remarksOf(report),
    ...wavesTable(report),
    ...troublesTable(troublesOf(images), linkOf),
    '',
    ...nextSteps(report).map(({ text, command }) => `- next: ${text}${command === null ? '' : `\`${command}\``}`),
    ...renderRunbooks(report),
    ...renderEvidence(report, linkOf),
  ];
}

function remarksOf(report: RolloutReport): readonly string[] {
  const { startedAt, startedBy, reason, annotations, overrides, messages, awaits, error, undo, repeats } = report;
  const unknown = unknownImagesText(report);
  const remarks = [
    `- started ${startedAt} by ${escaped(startedBy)}${reason === null ? '' : `: ${escaped(reason)}`}`,
    ...(error === undefined ? [] : [`- ended early: \`${error.code}\` ${escaped(error.detail)}`]),
    ...(unknown === null ? [] : [`- warning: ${unknown}`]),
    ...(undo === undefined ? [] : [`- ${escaped(undoText(undo))}`]),
    ...(awaits === null ? [] : [`- waits for: ${escaped(awaits.text)}`]),
    ...(repeats === null ? [] : [`- ${escaped(repeatsText(repeats))}`]),
    ...overrides.map((name) => `- guardrail set aside: ${escaped(name)}`),
    ...Object.entries(annotations).map(([key, value]) => `- ${escaped(key)}: ${escaped(value)}`),
    ...messages.map((message) => `- ${escaped(renderMessage(message))}`),
  ];
  const { lines, leftCount } = fitting(remarks, mostOfRemarks);
  return [...lines, ...(leftCount === 0 ? [] : [`- … and ${leftCount} more`])];
}

function wavesTable({ waves }: RolloutReport): readonly string[] {
  if (waves.length < 2) return [];
  const rows = waves.map(({ name, counts }) => `| ${escaped(name)} | ${countsText(counts, withoutColour)} |`);
  const { lines, leftCount } = fitting(rows, mostOfWaves);
  const more = leftCount === 0 ? [] : [`| … and ${leftCount} more | |`];
  return ['', '| Wave | Images |', '| --- | --- |', ...lines, ...more];
}

function troublesTable(troubles: readonly Trouble[], linkOf: LinkOf): readonly string[] {
  if (troubles.length === 0) return [];
  const rows = troubles.map(({ first: { state, error }, images }) => {
    const why = error === undefined ? '' : `\`${error.code}\` ${escaped(error.detail)}. ${escaped(error.hint)}`;
    return `| ${namesOf(images, linkOf)} | ${escaped(state)} | ${why} |`;
  });
  const { lines, leftCount } = fitting(rows, mostOfTroubles);
  const left = troubles.slice(lines.length).reduce((sum, { images }) => sum + images.length, 0);
  const more = leftCount === 0 ? [] : [`| … and ${plural(left, 'image')} more | | |`];
  return ['', '| Image | State | Why, and what to do |', '| --- | --- | --- |', ...lines, ...more];
}

function namesOf(images: readonly ReportedImage[], linkOf: LinkOf): string {
  const named = images
    .slice(0, examplesOfGroup)
    .map(({ imageArn, workflowId, runId }) =>
      linked(escaped(imageArn), runId === null ? null : linkOf({ workflowId, runId })),
    );
  const more = images.length > examplesOfGroup ? [`… and ${images.length - examplesOfGroup} more`] : [];
  return [...(images.length === 1 ? [] : [plural(images.length, 'image')]), ...named, ...more].join('<br>');
}

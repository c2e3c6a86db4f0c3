import type { ReportedImage, RolloutReport } from '../../contracts/report.ts';
import { escaped, fitting, linked } from './markdown.ts';
import type { LinkOf } from './report.ts';
import { oneLine, plural } from './text.ts';
import { failuresFirst, longestList } from './troubles.ts';

const mostOfEvidence = 16_000;
const mostOfRunbooks = 12_000;
const mostOfCell = 5;

/** How it is known what became of the images, behind a fold: those that did not succeed first, and the others as far as they fit. */
export function renderEvidence({ rolloutName, images }: RolloutReport, linkOf: LinkOf): readonly string[] {
  if (images.length === 0) return [];
  const rows = failuresFirst(images)
    .slice(0, longestList)
    .map((image) => evidenceRow(image, linkOf));
  const { lines } = fitting(rows, mostOfEvidence);
  const isAll = lines.length === images.length;
  return [
    ...folded(`evidence of ${isAll ? '' : `${lines.length} of `}${plural(images.length, 'image')}`, [
      '| Image | State | Attempts | Grants (SHA-256) before, after | Shares | Request ids | Visibility |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...lines,
    ]),
    ...(isAll ? [] : ['', `Every image: \`policy-rollout report ${oneLine(rolloutName)} --csv\``]),
  ];
}

/** What a person has to do for images that could not be put back, behind folds. A runbook is there whole, or not at all. */
export function renderRunbooks({ rolloutName, images }: RolloutReport): readonly string[] {
  const runbooks = images.flatMap(({ imageArn, runbook }) => (runbook === undefined ? [] : [{ imageArn, runbook }]));
  // Indented lines are code, whatever is in them.
  const blocks = runbooks.slice(0, longestList).map(({ imageArn, runbook }) =>
    folded(
      `runbook of ${imageArn}`,
      runbook.split('\n').map((line) => `    ${oneLine(line)}`),
    ).join('\n'),
  );
  const { lines } = fitting(blocks, mostOfRunbooks);
  const left = plural(runbooks.length - lines.length, 'more image');
  const rest = `Runbooks of ${left}: \`policy-rollout report ${oneLine(rolloutName)} --json\``;
  return [...lines.flatMap((block) => block.split('\n')), ...(lines.length === runbooks.length ? [] : ['', rest])];
}

function evidenceRow(image: ReportedImage, linkOf: LinkOf): string {
  const { imageArn, state, attempts, grantsSha256, shareArns, requestIds, residue = [], workflowId, runId } = image;
  const cells = [
    linked(escaped(imageArn), runId === null ? null : linkOf({ workflowId, runId })),
    [escaped(state), ...residue.map((one) => `left behind: ${escaped(one)}`)].join('<br>'),
    String(attempts),
    [grantsSha256.before, grantsSha256.after].map((hash) => (hash === null ? '–' : escaped(hash))).join('<br>'),
    listed(shareArns),
    listed(requestIds),
    visibilityOf(image),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** `12 VISIBLE`, then who does not see it, and how many verdicts an image keeps of those that there were. */
function visibilityOf({ visibility, visibilityCount }: ReportedImage): string {
  const seeing = visibility.filter(({ verdict }) => verdict === 'VISIBLE').length;
  const unseen = visibility.filter(({ verdict }) => verdict !== 'VISIBLE');
  const counted = seeing === 0 ? [] : [`${seeing} VISIBLE`];
  const shown =
    visibilityCount === undefined ? [] : [`${visibility.length} of ${visibilityCount} shown, the worst first`];
  return [...counted, ...(unseen.length === 0 ? [] : [listed(unseen.map(sightText))]), ...shown].join('<br>');
}

function sightText({ principal, verdict }: ReportedImage['visibility'][number]): string {
  return `${principal} ${verdict}`;
}

function listed(texts: readonly string[]): string {
  const more = texts.length > mostOfCell ? [`… and ${texts.length - mostOfCell} more`] : [];
  return [...texts.slice(0, mostOfCell).map(escaped), ...more].join('<br>');
}

function folded(summary: string, lines: readonly string[]): readonly string[] {
  // Markdown is not read within this line, so its escapes would be no help.
  const text = oneLine(summary).replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return ['', `<details><summary>${text}</summary>`, '', ...lines, '', '</details>'];
}

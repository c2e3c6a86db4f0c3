import type { ReportedImage, RolloutReport } from '../../contracts/report.ts';
import type { LinkOf } from './report.ts';
import { oneLine } from './text.ts';
import { failuresFirst } from './troubles.ts';

/** Several texts are lines of one cell. */
type Cell = string | number | readonly string[];

const columns: readonly (readonly [string, (image: ReportedImage) => Cell])[] = [
  ['imageArn', ({ imageArn }) => imageArn],
  ['state', ({ state }) => state],
  ['wave', ({ wave }) => wave ?? ''],
  ['attempts', ({ attempts }) => attempts],
  ['code', ({ error }) => error?.code ?? ''],
  ['detail', ({ error }) => error?.detail ?? ''],
  ['hint', ({ error }) => error?.hint ?? ''],
  ['grantsSha256Before', ({ grantsSha256 }) => grantsSha256.before ?? ''],
  ['grantsSha256After', ({ grantsSha256 }) => grantsSha256.after ?? ''],
  ['shareArns', ({ shareArns }) => shareArns.join(' ')],
  ['requestIds', ({ requestIds }) => requestIds.join(' ')],
  ['visibility', ({ visibility }) => visibility.map(({ principal, verdict }) => `${principal} ${verdict}`).join(' ')],
  ['residue', ({ residue = [] }) => residue.join(' ')],
  // Its lines are commands and comments: in one line the first comment would hide the rest.
  ['runbook', ({ runbook = '' }) => runbook.split('\n')],
  ['workflowId', ({ workflowId }) => workflowId],
  ['runId', ({ runId }) => runId ?? ''],
];

/** A report as CSV (RFC 4180): a line of names, then a row for each image, failures first. */
export function renderReportCsv(
  { images, annotations }: Pick<RolloutReport, 'images' | 'annotations'>,
  linkOf: LinkOf,
): readonly string[] {
  // The same in every row: what is put beside other tables has no head of its own.
  const said = Object.entries(annotations)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
  return [
    [...columns.map(([name]) => name), 'workflowUrl', 'annotations'].join(','),
    ...failuresFirst(images).map((image) =>
      [...columns.map(([, valueOf]) => valueOf(image)), urlOf(image, linkOf), said].map(csvCell).join(','),
    ),
  ];
}

function urlOf({ workflowId, runId }: ReportedImage, linkOf: LinkOf): string {
  return runId === null ? '' : (linkOf({ workflowId, runId }) ?? '');
}

// A spreadsheet takes a text that begins with one of these for a formula, and runs it; an apostrophe makes it a text.
function csvCell(value: Cell): string {
  const lines = typeof value === 'object' ? value : [String(value)];
  const text = lines.map(oneLine).join('\n');
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",'\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

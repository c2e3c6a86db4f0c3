import type { ReportedImage, RolloutReport } from '../../contracts/report.ts';
import { oneLine } from './text.ts';

const columns: readonly (readonly [string, (image: ReportedImage) => string | number])[] = [
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
  ['workflowId', ({ workflowId }) => workflowId],
  ['runId', ({ runId }) => runId ?? ''],
];

/** A report as CSV (RFC 4180): a line of names, then one for each image. */
export function renderReportCsv({
  images,
  annotations,
}: Pick<RolloutReport, 'images' | 'annotations'>): readonly string[] {
  // The same on every line: what is put beside other tables has no head of its own.
  const said = csvCell(
    Object.entries(annotations)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  );
  return [
    [...columns.map(([name]) => name), 'annotations'].join(','),
    ...images.map((image) => [...columns.map(([, valueOf]) => csvCell(valueOf(image))), said].join(',')),
  ];
}

// A spreadsheet takes a text that begins with one of these for a formula, and runs it; an apostrophe makes it a text.
function csvCell(value: string | number): string {
  const text = oneLine(String(value));
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

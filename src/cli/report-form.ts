import type { Command } from 'commander';
import { Option } from 'commander';
import type { RolloutReport } from '../contracts/report.ts';
import { renderReportCsv } from './render/report-csv.ts';
import { renderReportMarkdown } from './render/report-markdown.ts';
import type { ReportView } from './render/report.ts';
import { renderReport } from './render/report.ts';
import { failuresFirst } from './render/troubles.ts';
import type { Session } from './session.ts';

/** How a report is printed: as text where neither is asked for. */
export interface ReportForm {
  readonly csv?: true;
  readonly markdown?: true;
}

// They print something else in its place.
const otherResults = ['json', 'detach', 'dryRun'];

/** Adds the forms of a report that every command has which ends with one. */
export function withReportForms(command: Command): Command {
  const csv = new Option('--csv', 'print the report as CSV: a row an image, failures first');
  const markdown = new Option('--markdown', 'print the report as markdown, for a pull request or a ticket');
  return command
    .addOption(csv.conflicts([...otherResults, 'markdown']))
    .addOption(markdown.conflicts([...otherResults, 'csv']));
}

/** A report as one document for programs: every image once, failures first. */
export function reportValue(report: RolloutReport): RolloutReport {
  return { ...report, images: failuresFirst(report.images) };
}

/** The lines of a report in the form that was asked for. */
export function reportLines(
  { io, output }: Session,
  report: RolloutReport,
  { csv, markdown }: ReportForm,
  view: Omit<ReportView, 'nowMs'>,
): readonly string[] {
  if (csv === true) return renderReportCsv(report, view.linkOf);
  if (markdown === true) return renderReportMarkdown(report, io.now(), view.linkOf);
  return renderReport(report, { ...view, nowMs: io.now() }, output.paint);
}

import type { Command } from 'commander';
import { Option } from 'commander';
import type { RolloutReport } from '../../contracts/report.ts';
import { renderReportCsv } from '../render/report-csv.ts';
import { renderReportMarkdown } from '../render/report-markdown.ts';
import type { LinkOf } from '../render/report.ts';
import { renderReport } from '../render/report.ts';
import type { Session } from '../session.ts';
import { linksTo } from '../ui-link.ts';
import { uiUrlOption, verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

interface Form {
  readonly csv?: true;
  readonly markdown?: true;
  readonly uiUrl?: string;
}

/** `policy-rollout report <rollout>`: what became of every image; needs no worker. */
export function reportCommand(session: Session): Command {
  return verb(
    'report',
    'Show what became of every image of a rollout, and why.',
    'policy-rollout report golden-images --json > report.json',
  )
    .argument('<rollout>', 'name of the rollout, as in its manifest')
    .addOption(new Option('--csv', 'print CSV: a line an image').conflicts(['json', 'markdown']))
    .addOption(new Option('--markdown', 'print markdown, for a pull request or a ticket').conflicts(['json', 'csv']))
    .addOption(uiUrlOption())
    .action((rolloutName: string, form: Form) =>
      withClient(session, async (client) => {
        const report = await client.report(rolloutName);
        session.output.result(linesOf(session, report, form, linksTo(form.uiUrl, client.namespace)), report);
      }),
    );
}

function linesOf(
  { io, output }: Session,
  report: RolloutReport,
  { csv, markdown }: Form,
  linkOf: LinkOf,
): readonly string[] {
  if (csv === true) return renderReportCsv(report);
  if (markdown === true) return renderReportMarkdown(report, io.now());
  return renderReport(report, { shown: 'all', nowMs: io.now(), linkOf }, output.paint);
}

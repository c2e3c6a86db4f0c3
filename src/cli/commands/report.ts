import type { Command } from 'commander';
import { Option } from 'commander';
import type { BaselinesDocument } from '../../contracts/baselines.ts';
import type { RolloutReport } from '../../contracts/report.ts';
import { AppError } from '../../domain/errors.ts';
import { keepFile } from '../keep-file.ts';
import { renderReportCsv } from '../render/report-csv.ts';
import { renderReportMarkdown } from '../render/report-markdown.ts';
import type { LinkOf } from '../render/report.ts';
import { renderReport } from '../render/report.ts';
import { plural } from '../render/text.ts';
import type { Session } from '../session.ts';
import { linksTo } from '../ui-link.ts';
import { uiUrlOption, verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

interface Form {
  readonly csv?: true;
  readonly markdown?: true;
  readonly uiUrl?: string;
  readonly withBaselines?: true;
  readonly out?: string;
}

/** `policy-rollout report <rollout>`: what became of every image; needs no worker. */
export function reportCommand(session: Session): Command {
  return verb(
    'report',
    'Show what became of every image of a rollout, and why.',
    'policy-rollout report golden-images --json > report.json',
  )
    .argument('<rollout>', 'name of the rollout, as in its manifest')
    .addOption(new Option('--csv', 'print CSV: a row an image, failures first').conflicts(['json', 'markdown']))
    .addOption(new Option('--markdown', 'print markdown, for a pull request or a ticket').conflicts(['json', 'csv']))
    .addOption(
      new Option('--with-baselines', 'print what an undo needs when Temporal has forgotten the rollout').conflicts([
        'csv',
        'markdown',
      ]),
    )
    .option('--out <file>', 'keep the baselines, for `policy-rollout undo --from <file>`')
    .addOption(uiUrlOption())
    .action((rolloutName: string, form: Form) =>
      withClient(session, async (client) => {
        if (form.withBaselines === true) return showBaselines(session, await client.baselines(rolloutName), form.out);
        if (form.out !== undefined) throw new AppError('usage-wrong', '--out keeps baselines: give --with-baselines');
        const report = await client.report(rolloutName);
        session.output.result(linesOf(session, report, form, linksTo(form.uiUrl, client.namespace)), report);
      }),
    );
}

async function showBaselines({ output }: Session, made: BaselinesDocument, path: string | undefined): Promise<void> {
  const { rolloutName, runId, baselinesSha256, images } = made;
  if (path === undefined) {
    output.result([JSON.stringify(made)], made);
    return;
  }
  await keepFile(path, made);
  const value = { formatVersion: 1, rolloutName, runId, baselinesSha256, imageCount: images.length };
  const next = `policy-rollout undo ${rolloutName} --from ${path} --reason "…"`;
  output.result([`kept the baselines of ${plural(images.length, 'image')}; undo with: ${next}`], value);
}

function linesOf(
  { io, output }: Session,
  report: RolloutReport,
  { csv, markdown }: Form,
  linkOf: LinkOf,
): readonly string[] {
  if (csv === true) return renderReportCsv(report, linkOf);
  if (markdown === true) return renderReportMarkdown(report, io.now(), linkOf);
  return renderReport(report, { shown: 'all', nowMs: io.now(), linkOf }, output.paint);
}

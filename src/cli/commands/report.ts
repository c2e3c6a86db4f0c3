import type { Command } from 'commander';
import { Option } from 'commander';
import type { BaselinesDocument } from '../../contracts/baselines.ts';
import { AppError } from '../../domain/errors.ts';
import { commandWithReason } from '../../domain/printed-command.ts';
import { keepFile } from '../keep-file.ts';
import { plural } from '../render/text.ts';
import type { ReportForm } from '../report-form.ts';
import { reportLines, reportValue, withReportForms } from '../report-form.ts';
import type { Session } from '../session.ts';
import { linksTo } from '../ui-link.ts';
import { uiUrlOption, verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

interface Form extends ReportForm {
  readonly uiUrl?: string;
  readonly withBaselines?: true;
  readonly out?: string;
}

/** `policy-rollout report <rollout>`: what became of every image; needs no worker. */
export function reportCommand(session: Session): Command {
  const command = verb(
    'report',
    'Show what became of every image of a rollout, and why.',
    'policy-rollout report golden-images --json > report.json',
  ).argument('<rollout>', 'name of the rollout, as in its manifest');
  return withReportForms(command)
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
        const view = { shown: 'all', linkOf: linksTo(form.uiUrl, client.namespace) } as const;
        session.output.result(reportLines(session, report, form, view), reportValue(report));
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
  const next = commandWithReason(`undo ${rolloutName} --from ${path}`);
  output.result([`kept the baselines of ${plural(images.length, 'image')}; undo with: ${next}`], value);
}

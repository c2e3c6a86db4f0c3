import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { PlanDocument } from '../../contracts/plan-document.ts';
import { exitCodes } from '../exit-codes.ts';
import { lookUntilInterrupted } from '../interrupt.ts';
import { keepFile } from '../keep-file.ts';
import { noteProblems } from '../note-problems.ts';
import { renderPlan } from '../render/plan.ts';
import { renderPlanMarkdown } from '../render/plan-markdown.ts';
import type { OriginOptions } from '../rollout-origin.ts';
import { rolloutOrigin } from '../rollout-origin.ts';
import type { Session } from '../session.ts';
import {
  allowEmptyOption,
  detailedExitCodeOption,
  overrideOption,
  reasonOption,
  timeoutOption,
  verb,
} from '../verb.ts';
import { withClient } from '../with-client.ts';

interface PlanOptions extends OriginOptions {
  readonly out?: string;
  readonly markdown?: true;
  readonly detailedExitcode?: true;
  readonly callsPerSecond?: number;
  readonly timeout?: number;
}

/** `policy-rollout plan <manifest>`: what a rollout would do; writes nothing to AWS. */
export function planCommand(session: Session): Command {
  return verb(
    'plan',
    'Show what a rollout would do to each image; writes nothing to AWS.',
    'policy-rollout plan golden-images.yaml --out plan.json',
  )
    .argument('<manifest>', 'YAML or JSON file')
    .option('--out <file>', 'keep the plan, for `policy-rollout apply <file>`')
    .option('--markdown', 'print markdown, fit for a comment on a pull request')
    .addOption(detailedExitCodeOption())
    .addOption(callsPerSecondOption())
    .addOption(allowEmptyOption())
    .addOption(overrideOption())
    .addOption(reasonOption())
    .addOption(timeoutOption())
    .action((path: string, options: PlanOptions) => plan(session, path, options));
}

async function plan(session: Session, path: string, options: PlanOptions): Promise<void> {
  const { output, finish } = session;
  const origin = rolloutOrigin(session, options);
  const { loadManifest } = await import('../../config/load.ts');
  const { spec, problems } = await loadManifest(path, { overrides: origin.overrides });
  noteProblems(session, problems);
  const { timeout, callsPerSecond } = options;
  const made = await withClient(session, (client) =>
    lookUntilInterrupted(session, (signal) =>
      client.plan(spec, origin, {
        signal,
        ...(timeout === undefined ? {} : { timeoutMs: timeout }),
        ...(callsPerSecond === undefined ? {} : { callsPerSecond }),
      }),
    ),
  );
  if (made === null) return;
  if (options.out !== undefined) await keep(session, options.out, made);
  output.result(options.markdown === true ? renderPlanMarkdown(made) : renderPlan(made, output.paint), made);
  const { change, blocked } = made.counts;
  if (options.detailedExitcode === true && change + blocked > 0) finish(exitCodes.differences);
}

async function keep({ output }: Session, path: string, made: PlanDocument): Promise<void> {
  await keepFile(path, made);
  output.note(`Kept the plan; apply just this with: policy-rollout apply ${path}`);
}

function callsPerSecondOption(): Option {
  const description = 'the pace at which the time is reckoned, in each account and Region (default: 10)';
  return new Option('--calls-per-second <number>', description).argParser((text) => {
    const number = Number(text);
    if (!(number > 0) || !Number.isFinite(number)) throw new InvalidArgumentError('Give a number above 0, such as 10.');
    return number;
  });
}

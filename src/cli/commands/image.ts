import type { Command } from 'commander';
import { parseImageArn } from '../../domain/arn.ts';
import { AppError } from '../../domain/errors.ts';
import { confirm } from '../confirm.ts';
import { exitCodeOfImage, exitCodes } from '../exit-codes.ts';
import type { PolicyOptions } from '../image-input.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { noteProblems } from '../note-problems.ts';
import { renderImage } from '../render/report.ts';
import type { OriginOptions } from '../rollout-origin.ts';
import { rolloutOrigin } from '../rollout-origin.ts';
import type { Session } from '../session.ts';
import { uiLink } from '../ui-link.ts';
import { overrideOption, reasonOption, timeoutOption, uiUrlOption, verb, yesOption } from '../verb.ts';
import { withClient } from '../with-client.ts';

interface ImageCommandOptions extends PolicyOptions, OriginOptions {
  readonly yes?: true;
  readonly timeout?: number;
  readonly uiUrl?: string;
}

/** `policy-rollout image <arn>`: rolls a policy out to one image alone. */
export function imageCommand(session: Session): Command {
  return verb(
    'image',
    'Roll a policy out to one image alone, and wait for the end.',
    'policy-rollout image arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1 --principals 222222222222',
  )
    .argument('<arn>', 'ARN of an image build')
    .option('--manifest <file>', 'take the policy and the options of this manifest')
    .option('--policy <file>', 'take this policy document')
    .option('--principals <list>', "share with these principals, with commas between; '' shares with nobody")
    .addOption(overrideOption())
    .addOption(reasonOption())
    .addOption(timeoutOption())
    .addOption(yesOption())
    .addOption(uiUrlOption())
    .action((arn: string, options: ImageCommandOptions) => rollOut(session, arn, options));
}

async function rollOut(session: Session, arn: string, options: ImageCommandOptions): Promise<void> {
  const { io, output, finish } = session;
  const image = parseImageArn(arn);
  const { imageInput } = await import('../image-input.ts');
  const { overrides } = rolloutOrigin(session, options);
  const { input, warnings } = await imageInput(image, options, overrides);
  noteProblems(session, warnings);
  await confirm(session, `Roll the policy out to ${image}?`, options.yes === true);
  await withClient(session, async (client) => {
    await client.requireAttributes();
    if (!(await client.hasWorker())) {
      throw new AppError('no-worker', `No worker polls the task queue ${client.taskQueue}; nothing was started`, {
        item: image,
      });
    }
    const interruption = listenForInterrupt(io);
    const started = await client.startImage(
      options.reason === undefined ? input : { ...input, reason: options.reason },
    );
    output.note(`Started: ${started.workflowId}, run ${started.runId}`);
    if (options.uiUrl !== undefined) output.note(`Temporal UI: ${uiLink(options.uiUrl, client.namespace, started)}`);
    const waiting = options.timeout === undefined ? {} : { timeoutMs: options.timeout };
    const report = await interruption.until(client.imageOutcome(image, started.runId, waiting));
    interruption.ignore();
    if (report === 'interrupted') {
      output.note('Interrupted. The transaction goes on; the same command waits for it again once it has ended.');
      finish(exitCodes.interrupted);
      return;
    }
    output.result(renderImage(report, output.paint), report);
    finish(exitCodeOfImage(report));
  });
}

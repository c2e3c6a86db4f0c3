import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { AppError } from '../../domain/errors.ts';
import type { MessageOptions, MessageVerb } from '../message-command.ts';
import { ask, messageCommand } from '../message-command.ts';
import type { Session } from '../session.ts';

interface SetOptions extends MessageOptions {
  readonly maxConcurrentCount?: number;
  readonly failureToleranceCount?: number;
}

const verb: MessageVerb = {
  name: 'set',
  description: 'Change concurrency or tolerance of a rollout that runs, for what is still to come.',
  example: 'policy-rollout set golden-images --max-concurrent-count 3 --reason "AWS throttles"',
  done: (name) => `${name} goes by the new numbers; see them with: policy-rollout status ${name}`,
  already: (name) => `${name} goes by these numbers already`,
};

/** `policy-rollout set <rollout>`: changes what a rollout that runs goes by. */
export function setCommand(session: Session): Command {
  return messageCommand(verb)
    .addOption(
      new Option('--max-concurrent-count <n>', 'most images that are worked on at once, 1 to 1000').argParser((text) =>
        parseCount(text, 1, 1_000),
      ),
    )
    .addOption(
      new Option(
        '--failure-tolerance-count <n>',
        'failed images above which no further image starts, 0 to 10000',
      ).argParser((text) => parseCount(text, 0, 10_000)),
    )
    .action((rolloutName: string, options: SetOptions) => {
      const { maxConcurrentCount, failureToleranceCount } = options;
      const strategy = {
        ...(maxConcurrentCount === undefined ? {} : { maxConcurrentCount }),
        ...(failureToleranceCount === undefined ? {} : { failureToleranceCount }),
      };
      if (Object.keys(strategy).length === 0) {
        throw new AppError('usage-wrong', 'Give --max-concurrent-count, --failure-tolerance-count, or both');
      }
      return ask(session, rolloutName, { verb, request: { kind: 'set', strategy }, options });
    });
}

function parseCount(text: string, least: number, most: number): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (count >= least && count <= most) return count;
  throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
}

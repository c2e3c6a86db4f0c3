import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { AppError } from '../../domain/errors.ts';
import type { RateLimits } from '../../domain/rate-limits.ts';
import { limitedOperations, rateLimitRange } from '../../domain/rate-limits.ts';
import { failureToleranceRange, maxConcurrentRange } from '../../domain/strategy.ts';
import type { MessageOptions, MessageVerb } from '../message-command.ts';
import { ask, messageCommand } from '../message-command.ts';
import type { Session } from '../session.ts';

const rangeText = `${rateLimitRange.least} to ${rateLimitRange.most}`;

interface SetOptions extends MessageOptions {
  readonly maxConcurrentCount?: number;
  readonly failureToleranceCount?: number;
  readonly rateLimit?: RateLimits;
}

const verb: MessageVerb = {
  name: 'set',
  description: 'Change concurrency, tolerance or caps of a rollout that runs, for what is still to come.',
  example: 'policy-rollout set golden-images --max-concurrent-count 3 --reason "AWS throttles"',
  done: (name) => `${name} goes by the new numbers; see them with: policy-rollout status ${name}`,
  already: (name) => `${name} goes by these numbers already`,
};

/** `policy-rollout set <rollout>`: changes what a rollout that runs goes by. */
export function setCommand(session: Session): Command {
  return messageCommand(verb)
    .addOption(
      new Option('--max-concurrent-count <n>', 'most images that are worked on at once, 1 to 1000').argParser((text) =>
        parseCount(text, maxConcurrentRange),
      ),
    )
    .addOption(
      new Option(
        '--failure-tolerance-count <n>',
        'failed images of the whole rollout above which no further image starts, 0 to 10000; a wave keeps its own',
      ).argParser((text) => parseCount(text, failureToleranceRange)),
    )
    .addOption(
      new Option(
        '--rate-limit <operation=calls>',
        `most calls a second in each account and Region, such as PutImagePolicy=5, ${rangeText}; may be repeated`,
      ).argParser(addRateLimit),
    )
    .action((rolloutName: string, options: SetOptions) => {
      const { maxConcurrentCount, failureToleranceCount, rateLimit: rateLimits } = options;
      const strategy = {
        ...(maxConcurrentCount === undefined ? {} : { maxConcurrentCount }),
        ...(failureToleranceCount === undefined ? {} : { failureToleranceCount }),
        ...(rateLimits === undefined ? {} : { rateLimits }),
      };
      if (Object.keys(strategy).length === 0) {
        throw new AppError('usage-wrong', 'Give --max-concurrent-count, --failure-tolerance-count or --rate-limit');
      }
      return ask(session, rolloutName, { verb, request: { kind: 'set', strategy }, options });
    });
}

function parseCount(text: string, { least, most }: { readonly least: number; readonly most: number }): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (count >= least && count <= most) return count;
  throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
}

function addRateLimit(text: string, rateLimits: RateLimits = {}): RateLimits {
  const at = text.indexOf('=');
  const operation = limitedOperations.find((name) => name === text.slice(0, at));
  if (operation === undefined) {
    throw new InvalidArgumentError(`Give operation=calls, with one of ${limitedOperations.join(', ')}.`);
  }
  const number = text.slice(at + 1);
  const calls = /^\d{1,4}(\.\d{1,3})?$/.test(number) ? Number(number) : NaN;
  if (calls >= rateLimitRange.least && calls <= rateLimitRange.most) return { ...rateLimits, [operation]: calls };
  throw new InvalidArgumentError(`Give ${operation}=calls with a number from ${rangeText}.`);
}

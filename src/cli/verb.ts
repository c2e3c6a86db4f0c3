import { Command, InvalidArgumentError, Option } from 'commander';
import { longestReason } from '../contracts/value-shapes.ts';
import type { OverridableGuardrail } from '../domain/guardrails.ts';
import { overridableGuardrails } from '../domain/guardrails.ts';
import { durationArgument } from './duration-argument.ts';

/** A command with what all have in common: `--json`, and an example at the end of its help. */
export function verb(name: string, description: string, example: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print JSON to stdout, and nothing else there')
    .addHelpText('after', `\nExample:\n  $ ${example}`);
}

/** `--yes`: a change needs it where nobody can be asked. */
export function yesOption(): Option {
  return new Option('--yes', 'do not ask before a change');
}

/** `--reason`: kept in the history and in the report. */
export function reasonOption(): Option {
  return new Option('--reason <text>', 'why: kept in the history and in the report').argParser(parseReason);
}

/** `--timeout`: how long to wait; gives milliseconds. */
export function timeoutOption(): Option {
  return new Option('--timeout <duration>', 'wait no longer than this, such as 30m or 4h; exit code 6').argParser(
    durationArgument,
  );
}

/** `--no-wait`: for those who cannot answer. */
export function noWaitOption(): Option {
  return new Option('--no-wait', 'do not wait for a person: end with exit code 6 where an answer is pending');
}

/** `--override`, again and again; gives the names together. */
export function overrideOption(): Option {
  const names = overridableGuardrails.join(', ');
  return new Option(
    '--override <guardrail>',
    `set a guardrail, or the holds, aside, with a reason; one of ${names}`,
  ).argParser(addOverride);
}

/** `--allow-empty`: for selections. */
export function allowEmptyOption(): Option {
  return new Option(
    '--allow-empty',
    'a selection that finds no image is well; a manifest has to name or select some all the same',
  );
}

/** `--detailed-exitcode`: tells a program whether there is anything to do. */
export function detailedExitCodeOption(): Option {
  return new Option('--detailed-exitcode', 'end with 2 where there are differences, and 0 where there are none');
}

/** `--max-age`: how old a plan may be; gives milliseconds. */
export function maxAgeOption(): Option {
  return new Option('--max-age <duration>', 'how old a plan may be (default: 24h)').argParser(durationArgument);
}

/** `--annotation key=value`, again and again; gives them together. */
export function annotationOption(): Option {
  const description = 'a change ticket, a commit, …: kept in memo and report; may be repeated';
  return new Option('--annotation <key=value>', description).argParser(addAnnotation);
}

/** `--ui-url`: where the links to Temporal's web UI lead. */
export function uiUrlOption(): Option {
  return new Option('--ui-url <url>', "address of Temporal's web UI, for a link to the rollout").env(
    'POLICY_ROLLOUT_UI_URL',
  );
}

function addOverride(text: string, overrides: readonly OverridableGuardrail[] = []): readonly OverridableGuardrail[] {
  const known = overridableGuardrails.find((name) => name === text);
  if (known === undefined) throw new InvalidArgumentError(`Give one of ${overridableGuardrails.join(', ')}.`);
  return [...overrides, known];
}

function parseReason(text: string): string {
  if (text.trim() !== '' && text.length <= longestReason) return text;
  throw new InvalidArgumentError(`Say why, in at most ${longestReason} characters.`);
}

function addAnnotation(
  text: string,
  annotations: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give key=value, such as ticket=CHG-1234.');
  return { ...annotations, [text.slice(0, at)]: text.slice(at + 1) };
}

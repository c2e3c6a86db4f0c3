import type { Compose } from './compose.ts';

/** A command of `docker compose`, as far as the pages of operations use it. */
export type ComposeCommand =
  | { readonly verb: 'up' | 'stop' | 'build'; readonly services: readonly string[] }
  | {
      readonly verb: 'run' | 'exec';
      readonly service: string;
      readonly words: readonly string[];
      /** What `--env=NAME=value` gives it. */
      readonly variables: Readonly<Record<string, string>>;
    }
  | { readonly verb: 'cp'; readonly service: string; readonly from: string; readonly to: string };

/** Reads the words behind `docker`; null where one of them is not understood, or names what the compose file does not have. */
export function readComposeCommand(words: readonly string[], compose: Compose): ComposeCommand | null {
  const [program, ...rest] = words;
  const [profileFlag, profile = '', ...others] = rest;
  if (program !== 'compose') return null;
  if (profileFlag !== '--profile') return readVerb(rest, compose);
  const isProfile = Object.values(compose.services).some(({ profiles = [] }) => profiles.includes(profile));
  return isProfile ? readVerb(others, compose) : null;
}

function readVerb([verb = '', ...rest]: readonly string[], compose: Compose): ComposeCommand | null {
  const areServices = (names: readonly string[]): boolean =>
    names.every((name) => Object.hasOwn(compose.services, name));
  const firstAt = rest.findIndex((word) => !word.startsWith('--'));
  const named = firstAt < 0 ? [] : rest.slice(firstAt);
  const [first = '', second = ''] = named;
  switch (verb) {
    case 'up':
    case 'stop':
    case 'build':
      return areServices(named) ? { verb, services: named } : null;
    case 'run':
    case 'exec':
      return areServices([first]) && second !== ''
        ? { verb, service: first, words: named.slice(1), variables: variablesOf(rest.slice(0, firstAt)) }
        : null;
    case 'cp': {
      const service = named.find((word) => word.includes(':'))?.split(':')[0] ?? '';
      return areServices([service]) && named.length === 2 ? { verb, service, from: first, to: second } : null;
    }
    default:
      return null;
  }
}

function variablesOf(flags: readonly string[]): Readonly<Record<string, string>> {
  const given = flags.flatMap((flag): [string, string][] => {
    const [, name, value = ''] = /^--env=(\w+)=(.*)$/.exec(flag) ?? [];
    return name === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(given);
}

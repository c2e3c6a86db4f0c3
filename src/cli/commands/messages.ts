import type { Command } from 'commander';
import type { Request } from '../../contracts/requests.ts';
import { answerTo } from '../../domain/printed-command.ts';
import type { MessageOptions, MessageVerb } from '../message-command.ts';
import { ask, messageCommand } from '../message-command.ts';
import type { Session } from '../session.ts';

type Kind = Exclude<Request['kind'], 'set' | 'abort'>;

const verbs: Readonly<Record<Kind, Omit<MessageVerb, 'name'>>> = {
  pause: {
    description: 'Start nothing new in a rollout; images in flight go on to their end.',
    example: 'policy-rollout pause golden-images --reason "AWS is unstable"',
    done: (name) => `${name} pauses; go on with: ${answerTo('resume', name)}`,
    already: (name) => `${name} is paused already`,
  },
  resume: {
    description: 'Go on with a rollout that is paused.',
    example: 'policy-rollout resume golden-images --reason "AWS is stable again"',
    done: (name) => `${name} goes on; follow it with: policy-rollout watch ${name}`,
    already: (name) => `${name} is not paused, so it goes on already`,
  },
  approve: {
    description: 'Say yes to the wave that a rollout waits for; the same person counts once.',
    example: 'policy-rollout approve golden-images --reason "canary is well"',
    done: (name) => `${name} has your approval`,
    already: (name) => `${name} has your approval already`,
  },
  reject: {
    description: 'Say no to the wave that a rollout waits for: the rollout stops, what was done stays.',
    example: 'policy-rollout reject golden-images --reason "canary is not well"',
    done: (name) => `${name} is rejected, and stops`,
    already: (name) => `${name} is rejected already`,
  },
  advance: {
    description: 'Skip the soak or the approval that a rollout waits for.',
    example: 'policy-rollout advance golden-images --reason "needed today"',
    done: (name) => `${name} goes on; follow it with: policy-rollout watch ${name}`,
    already: (name) => `${name} goes on already`,
  },
};

/** `policy-rollout pause <rollout>`. */
export function pauseCommand(session: Session): Command {
  return commandOf(session, 'pause');
}

/** `policy-rollout resume <rollout>`. */
export function resumeCommand(session: Session): Command {
  return commandOf(session, 'resume');
}

/** `policy-rollout approve <rollout>`. */
export function approveCommand(session: Session): Command {
  return commandOf(session, 'approve');
}

/** `policy-rollout reject <rollout>`. */
export function rejectCommand(session: Session): Command {
  return commandOf(session, 'reject');
}

/** `policy-rollout advance <rollout>`. */
export function advanceCommand(session: Session): Command {
  return commandOf(session, 'advance');
}

function commandOf(session: Session, kind: Kind): Command {
  const verb = { name: kind, ...verbs[kind] };
  return messageCommand(verb).action((rolloutName: string, options: MessageOptions) =>
    ask(session, rolloutName, { verb, request: { kind }, options }),
  );
}

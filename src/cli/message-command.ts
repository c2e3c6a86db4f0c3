import type { Command } from 'commander';
import type { Request } from '../contracts/requests.ts';
import { confirm } from './confirm.ts';
import type { Session } from './session.ts';
import { reasonOption, verb, yesOption } from './verb.ts';
import { withClient } from './with-client.ts';

/** A verb that asks something of a rollout that runs. */
export interface MessageVerb {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  /** What there is to say about a rollout once it was asked. */
  readonly done: (rolloutName: string) => string;
  /** The same where it was so before. */
  readonly already: (rolloutName: string) => string;
}

/** The options that every such verb has. */
export interface MessageOptions {
  readonly yes?: true;
  readonly reason: string;
}

/** The command of a verb, to which its action is still to be given. */
export function messageCommand({ name, description, example }: MessageVerb): Command {
  return verb(name, description, example)
    .argument('<rollout>', 'name of the rollout, as in its manifest')
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(yesOption());
}

/** Asks a rollout, after a yes, and tells whether that changed anything. */
export async function ask(
  session: Session,
  rolloutName: string,
  {
    verb: { name, done, already },
    request,
    options,
  }: {
    readonly verb: MessageVerb;
    readonly request: Request;
    readonly options: MessageOptions;
  },
): Promise<void> {
  const { io, output } = session;
  const { yes, reason } = options;
  await confirm(session, `${name} ${rolloutName}?`, yes === true);
  await withClient(session, async (client) => {
    const hasChanged = await client.ask(rolloutName, request, { who: io.who, reason });
    const line = hasChanged ? done(rolloutName) : already(rolloutName);
    output.result([line], { formatVersion: 1, rolloutName, request, hasChanged });
  });
}

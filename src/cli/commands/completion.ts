import type { Command } from 'commander';
import { Argument } from 'commander';
import type { CompletedVerb, Shell } from '../render/completion.ts';
import { completionScript, shells } from '../render/completion.ts';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';

/** `policy-rollout completion <shell>`: the script that completes verbs and options. */
export function completionCommand(session: Session): Command {
  return verb(
    'completion',
    'Print the script with which a shell completes verbs and options.',
    'policy-rollout completion bash > ~/.local/share/bash-completion/completions/policy-rollout',
  )
    .addArgument(new Argument('<shell>', 'shell that shall complete').choices(shells))
    .action((shell: Shell, _options: unknown, command: Command) => {
      const script = completionScript(shell, (command.parent?.commands ?? []).map(completed));
      session.output.result(script, { formatVersion: 1, shell, script: `${script.join('\n')}\n` });
    });
}

function completed(command: Command): CompletedVerb {
  // A verb with verbs of its own has their options behind it.
  const options = [command, ...command.commands].flatMap((one) => one.options);
  const described = options.flatMap(({ long, description }) => (long ? [[long, description] as const] : []));
  return {
    ...wordOf(command),
    verbs: command.commands.map(wordOf),
    options: [...new Map(described)].map(([name, description]) => ({ name, description })),
  };
}

function wordOf(command: Command) {
  return { name: command.name(), description: command.description() };
}

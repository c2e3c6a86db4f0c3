import { Command, CommanderError } from 'commander';
import { AppError } from '../domain/errors.ts';
import { abortCommand } from './commands/abort.ts';
import { applyCommand } from './commands/apply.ts';
import { codecServerCommand } from './commands/codec-server.ts';
import { completionCommand } from './commands/completion.ts';
import { doctorCommand } from './commands/doctor.ts';
import { driftCommand } from './commands/drift.ts';
import { holdsCommand } from './commands/holds.ts';
import { imageCommand } from './commands/image.ts';
import { advanceCommand, approveCommand, pauseCommand, rejectCommand, resumeCommand } from './commands/messages.ts';
import { planCommand } from './commands/plan.ts';
import { redriveCommand, undoCommand } from './commands/redrive.ts';
import { reportCommand } from './commands/report.ts';
import { revokeCommand } from './commands/revoke.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { schemaCommand } from './commands/schema.ts';
import { setCommand } from './commands/set.ts';
import { setupCommand } from './commands/setup.ts';
import { simulateCommand } from './commands/simulate.ts';
import { statusCommand } from './commands/status.ts';
import { validateCommand } from './commands/validate.ts';
import { verifyCommand } from './commands/verify.ts';
import { watchCommand } from './commands/watch.ts';
import { workerCommand } from './commands/worker.ts';
import { exitCodeOfError, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import { cut } from './render/text.ts';
import { createOutput } from './output.ts';
import type { Session } from './session.ts';

// In the order of the help.
const verbs = [
  validateCommand,
  planCommand,
  applyCommand,
  imageCommand,
  statusCommand,
  watchCommand,
  driftCommand,
  verifyCommand,
  reportCommand,
  pauseCommand,
  resumeCommand,
  approveCommand,
  rejectCommand,
  advanceCommand,
  setCommand,
  abortCommand,
  redriveCommand,
  undoCommand,
  revokeCommand,
  scheduleCommand,
  holdsCommand,
  doctorCommand,
  setupCommand,
  workerCommand,
  simulateCommand,
  codecServerCommand,
  schemaCommand,
  completionCommand,
];

/** Runs one command line, without the name of the program, and gives its exit code. Never throws, and never ends the process. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  // Known before the arguments are parsed, because a mistake in them is told in JSON, too.
  const output = createOutput(io, argv.includes('--json'));
  let exitCode: number = exitCodes.done;
  const finish = (code: number): void => {
    exitCode = code;
  };
  try {
    await programOf({ io, output, finish }).parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    const told = error instanceof CommanderError ? usageError(error, argv) : error;
    output.error(told);
    return exitCodeOfError(told);
  }
}

function programOf(session: Session): Command {
  const program = new Command('policy-rollout')
    .description('Rolls EC2 Image Builder image policies out to many images, and proves that they are visible.')
    .addHelpText('after', '\nExample:\n  $ policy-rollout apply golden-images.yaml')
    .helpCommand(false);
  for (const verb of verbs) program.addCommand(verb(session));
  for (const command of [program, ...program.commands.flatMap((verb) => [verb, ...verb.commands])]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void session.io.stdout.write(text),
      // Mistakes are told by the one renderer of errors.
      writeErr: () => undefined,
    });
  }
  return program;
}

function usageError({ code, message }: CommanderError, argv: readonly string[]): AppError {
  if (code === 'commander.help') return new AppError('usage-wrong', 'No command is given');
  // Commander repeats the argument, which may be a whole file that a shell has put there.
  const told = message.replace(/^error: /, '').replace(/'([^']{200})[^']*'/, "'$1…'");
  return new AppError('usage-wrong', told, { item: cut(argv.join(' '), 400) });
}

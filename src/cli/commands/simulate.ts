import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';

/** `policy-rollout simulate`: starts the stand-in for Image Builder, RAM and STS. */
export function simulateCommand({ finish }: Session): Command {
  return (
    verb('simulate', 'Run the simulator of Image Builder, RAM and STS.', 'policy-rollout simulate --profile strict')
      // Its flags and their help are its own.
      .argument('[flags...]', 'flags of the simulator')
      .allowUnknownOption()
      .helpOption(false)
      .action(async (argv: string[]) => {
        const { runSimulator } = await import('../../simulator/main.ts');
        await runSimulator(argv);
        finish(Number(process.exitCode ?? 0));
      })
  );
}

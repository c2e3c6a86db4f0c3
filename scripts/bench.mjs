// npm run bench: measures the product on this machine and prints the figures. --quick measures less of each; --only <name>
// measures one of throughput, pace, tail, failure, scale, in-sync, storm, starts; --write keeps the figures in docs/performance.md.
import { join } from 'node:path';
import { runCommand } from './setup/command.mjs';
import { prepare, projectRoot } from './setup/prepare.mjs';
import { runScript } from './setup/script.mjs';
import { findTemporalCli } from './temporal/find.mjs';
import { realOutside } from './temporal/outside.mjs';

await runScript(async (signal) => {
  await prepare({ signal });
  // A server of its own: figures of a shared one would be those of its other users, too.
  const cliPath = await findTemporalCli(realOutside(signal));
  const tsx = join(projectRoot, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const { exitCode } = await runCommand(
    process.execPath,
    [tsx, join(projectRoot, 'scripts', 'bench', 'run.ts'), cliPath, ...process.argv.slice(2)],
    { signal, output: 'shown', cwd: projectRoot, env: process.env },
  );
  return exitCode;
});

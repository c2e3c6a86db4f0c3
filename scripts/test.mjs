// npm test: everything that a fresh clone needs, then the tests. Arguments are vitest's: npm test -- --project unit
import { join } from 'node:path';
import { runCommand } from './setup/command.mjs';
import { prepare, projectRoot } from './setup/prepare.mjs';
import { runScript } from './setup/script.mjs';

await runScript(async (signal) => {
  await prepare({ signal });
  const vitest = [join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)];
  const { exitCode } = await runCommand(process.execPath, vitest, { signal, output: 'shown', cwd: projectRoot });
  return exitCode;
});

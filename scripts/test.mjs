// npm test: everything that a fresh clone needs, then the tests. Arguments are vitest's: npm test -- --project unit
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from './setup/command.mjs';
import { findServerOfThisMachine, prepare, projectRoot } from './setup/prepare.mjs';
import { runScript } from './setup/script.mjs';

// A tier that is missing here costs a look for the server, no more.
const tiersWithoutServer = ['unit', 'architecture', 'activities', 'simulator', 'replay'];

await runScript(async (signal) => {
  const args = process.argv.slice(2);
  await prepare({ signal });
  // Here and not only in the tests' own set-up, which cannot tidy up when a fetch is interrupted.
  const server = needsServer(args) ? await findServerOfThisMachine({ signal }) : null;
  const { exitCode } = await runCommand(
    process.execPath,
    [join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...args],
    {
      signal,
      output: 'shown',
      cwd: projectRoot,
      env: server?.kind === 'cli' ? { ...process.env, TEMPORAL_CLI_PATH: server.cliPath } : process.env,
    },
  );
  return exitCode;
});

/** @param {string[]} args */
function needsServer(args) {
  const { values } = parseArgs({ args, options: { project: { type: 'string', multiple: true } }, strict: false });
  const tiers = values.project ?? [];
  return tiers.length === 0 || tiers.some((tier) => !tiersWithoutServer.includes(String(tier)));
}

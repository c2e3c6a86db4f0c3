// npm test: everything that a fresh clone needs, then the tests. Arguments are vitest's: npm test -- --project unit
import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from './setup/command.mjs';
import { findServerOfThisMachine, prepare, projectRoot } from './setup/prepare.mjs';
import { note, runScript } from './setup/script.mjs';
import { processesAtOnce, testProcesses, tiersWithoutServer } from './setup/test-processes.mjs';
import { testFailures, testTotals } from './setup/test-totals.mjs';

await runScript(async (signal) => {
  const args = process.argv.slice(2);
  await prepare({ signal });
  // Here and not only in the tests' own set-up, which cannot tidy up when a fetch is interrupted.
  const server = needsServer(args) ? await findServerOfThisMachine({ signal }) : null;
  const cli = server?.kind === 'cli' ? { TEMPORAL_CLI_PATH: server.cliPath } : {};
  if (args.length > 0) return runTests(args, cli, signal);
  await Promise.all(testProcesses.map(({ report }) => rm(join(projectRoot, report), { force: true })));
  const waiting = [...testProcesses];
  /** @type {number[]} */
  const exitCodes = [];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      exitCodes.push(await runTests(next.args, { ...cli, TEST_REPORT: next.report }, signal));
    }
  };
  await Promise.all(Array.from({ length: processesAtOnce }, lane));
  const reports = await Promise.all(testProcesses.map(({ report }) => readReport(report)));
  const { passed, failed } = testTotals(reports);
  for (const failure of testFailures(reports)) note(`FAILED ${relative(projectRoot, failure)}`);
  note(`All tiers: ${passed} passed, ${failed} failed.`);
  return Math.max(...exitCodes);
});

/**
 * @param {string[]} args of vitest
 * @param {Record<string, string>} variables
 * @param {AbortSignal} signal
 */
async function runTests(args, variables, signal) {
  const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { ...process.env, ...variables };
  const options = { signal, output: /** @type {const} */ ('shown'), cwd: projectRoot, env };
  return (await runCommand(process.execPath, [vitest, 'run', ...args], options)).exitCode;
}

/** @param {string} report */
function readReport(report) {
  return readFile(join(projectRoot, report), 'utf8');
}

/** @param {string[]} args */
function needsServer(args) {
  const { values } = parseArgs({ args, options: { project: { type: 'string', multiple: true } }, strict: false });
  const tiers = values.project ?? [];
  return tiers.length === 0 || tiers.some((tier) => !tiersWithoutServer.includes(String(tier)));
}

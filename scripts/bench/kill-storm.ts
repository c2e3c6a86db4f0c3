import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../setup/command.mjs';
import { projectRoot } from '../setup/prepare.mjs';
import { testTotals } from '../setup/test-totals.mjs';
import type { Figure } from './figure.ts';
import { rounded } from './figure.ts';

const report = '.cache/bench-kill-storm.json';

/**
 * The test of a rollout whose server and one of whose two workers are killed while AWS throttles, with as many images as
 * are told. The test says what has to hold, by the journal of the simulator; it brings its own server.
 */
export async function measureKillStorm(cliPath: string, count: number): Promise<readonly Figure[]> {
  const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'endurance', 'test/endurance/kill-storm.test.ts'];
  const env = { ...process.env, TEMPORAL_CLI_PATH: cliPath, TEST_REPORT: report, IMAGES: String(count) };
  const signal = new AbortController().signal;
  const begin = performance.now();
  await runCommand(process.execPath, args, { signal, output: 'kept', cwd: projectRoot, env });
  const seconds = (performance.now() - begin) / 1000;
  const { passed, failed } = testTotals([await readFile(join(projectRoot, report), 'utf8')]);
  return [
    {
      what: `${count} images over 10 partitions, 10 % 429 and 10 % 503, server and one of two workers killed, redriven: facts that hold`,
      value: `${passed} of ${passed + failed}`,
    },
    { what: 'seconds of that, start of the programs included', value: rounded(seconds) },
  ];
}

// Prints "N passed, N failed" from the JSON reports of `npm test`. Ends with 1 unless every test passed.
import { readFile } from 'node:fs/promises';
import { note, runScript, SetupError } from './setup/script.mjs';
import { testProcesses } from './setup/test-processes.mjs';
import { testTotals } from './setup/test-totals.mjs';

await runScript(async () => {
  const { passed, failed, leftOut } = testTotals(
    await Promise.all(testProcesses.map(({ report }) => readReport(report))),
  );
  if (leftOut > 0) note(`${leftOut} tests were skipped or are not written; each must run or go.`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return passed > 0 && failed === 0 && leftOut === 0 ? 0 : 1;
});

/** @param {string} file */
async function readReport(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SetupError(`There is no test report (${file}): the tests did not run to their end.`, { cause: error });
  }
}

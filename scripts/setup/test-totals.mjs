/**
 * @typedef {{
 *   numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: readonly TestFile[],
 * }} TestReport
 * @typedef {{ name: string, status: string, message?: string, assertionResults: readonly TestResult[] }} TestFile
 * @typedef {{ status: string, fullName: string, failureMessages: readonly string[] }} TestResult
 */

/**
 * How many tests of vitest's JSON reports passed, failed, and were left out (skipped or todo). A file that failed as a
 * whole, because it could not be loaded or its preparation failed, has no failed test; it counts as one.
 *
 * @param {readonly string[]} texts
 * @returns {{ passed: number, failed: number, leftOut: number }}
 */
export function testTotals(texts) {
  const totals = texts.map(totalsOf);
  return {
    passed: totals.reduce((sum, { passed }) => sum + passed, 0),
    failed: totals.reduce((sum, { failed }) => sum + failed, 0),
    leftOut: totals.reduce((sum, { leftOut }) => sum + leftOut, 0),
  };
}

/**
 * Every failure of vitest's JSON reports on one line: file, test, and the first line of what it said. The outputs of
 * several processes run into each other, and end long after the failure.
 *
 * @param {readonly string[]} texts
 * @returns {readonly string[]}
 */
export function testFailures(texts) {
  const files = texts.flatMap((text) => reportOf(text).testResults);
  return files.flatMap((file) => {
    if (isBroken(file)) return [`${file.name}: ${firstLineOf(file.message)}`];
    return file.assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${file.name}: ${fullName}: ${firstLineOf(failureMessages[0])}`);
  });
}

/** @param {string | undefined} message */
function firstLineOf(message) {
  return message?.split('\n', 1)[0] ?? '';
}

/** @param {TestFile} file */
function isBroken({ status, assertionResults }) {
  return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
}

/** @param {string} text */
function totalsOf(text) {
  const report = reportOf(text);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.testResults.filter(isBroken).length,
    leftOut: report.numPendingTests + report.numTodoTests,
  };
}

/** @param {string} text */
function reportOf(text) {
  return /** @type {TestReport} */ (JSON.parse(text));
}

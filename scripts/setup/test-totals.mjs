/**
 * @typedef {{
 *   numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: readonly { status: string, assertionResults: readonly { status: string }[] }[],
 * }} TestReport
 */

/**
 * How many tests of vitest's JSON report passed, failed, and were left out (skipped or todo). A file that failed as a
 * whole, because it could not be loaded or its preparation failed, has no failed test; it counts as one.
 *
 * @param {string} text
 * @returns {{ passed: number, failed: number, leftOut: number }}
 */
export function testTotals(text) {
  const report = /** @type {TestReport} */ (JSON.parse(text));
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    leftOut: report.numPendingTests + report.numTodoTests,
  };
}

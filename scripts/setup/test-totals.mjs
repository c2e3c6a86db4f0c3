/**
 * @typedef {{
 *   numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: readonly { status: string, assertionResults: readonly { status: string }[] }[],
 * }} TestReport
 */

/** Where `npm test` leaves vitest's JSON reports, one for each of its processes. */
export const testReports = ['.cache/test-report-1.json', '.cache/test-report-2.json', '.cache/test-report-3.json'];

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

/** @param {string} text */
function totalsOf(text) {
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

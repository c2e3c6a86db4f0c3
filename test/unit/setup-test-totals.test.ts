import { expect, it } from 'vitest';
import { testFailures, testTotals } from '../../scripts/setup/test-totals.mjs';

it('adds the totals of several reports', () => {
  const reports = [aReport({ numPassedTests: 7 }), aReport({ numPassedTests: 2, numFailedTests: 1 })];

  expect(testTotals(reports)).toEqual({ passed: 9, failed: 1, leftOut: 0 });
});

it('takes the totals as the report has them', () => {
  expect(testTotals([aReport({ numPassedTests: 7, numFailedTests: 2 })])).toEqual({ passed: 7, failed: 2, leftOut: 0 });
});

it('counts a test that is skipped or not written as left out, never as passed', () => {
  const totals = testTotals([aReport({ numPassedTests: 7, numPendingTests: 1, numTodoTests: 2 })]);

  expect(totals).toEqual({ passed: 7, failed: 0, leftOut: 3 });
});

it('counts a file that cannot be loaded as one failure', () => {
  const failedTest = { status: 'failed', assertionResults: [{ status: 'failed' }] };
  const brokenFile = { status: 'failed', assertionResults: [] };

  const totals = testTotals([aReport({ numFailedTests: 1, testResults: [failedTest, brokenFile] })]);

  expect(totals).toEqual({ passed: 0, failed: 2, leftOut: 0 });
});

it('names each failure on a line of its own: a test, or a file that cannot be loaded', () => {
  const passed = { status: 'passed', fullName: 'holds', failureMessages: [] };
  const failed = { status: 'failed', fullName: 'breaks', failureMessages: ['Error: 1 is not 2\n    at x.ts:3'] };
  const files = [
    { name: '/p/a.test.ts', status: 'failed', assertionResults: [passed, failed] },
    { name: '/p/b.test.ts', status: 'failed', message: 'No such module\nx', assertionResults: [] },
    { name: '/p/c.test.ts', status: 'passed', assertionResults: [passed] },
  ];

  expect(testFailures([aReport({ testResults: files }), aReport({})])).toEqual([
    '/p/a.test.ts: breaks: Error: 1 is not 2',
    '/p/b.test.ts: No such module',
  ]);
});

function aReport(given: object): string {
  const nothing = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  return JSON.stringify({ ...nothing, ...given });
}

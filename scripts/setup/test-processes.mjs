// A tier that is missing here costs a look for the server, no more.
export const tiersWithoutServer = ['unit', 'architecture', 'activities', 'simulator', 'replay'];

// More would keep each other from answering in time.
export const processesAtOnce = 4;

/**
 * In which processes `npm test` runs the tests, side by side, since tests with a server mostly wait: vitest's arguments, and
 * where it leaves its JSON report. The longest ones are the first to begin.
 */
export const testProcesses = [
  projects('workflows'),
  [...projects('e2e'), '--shard=3/3'],
  [...projects('endurance'), '--shard=1/2'],
  projects(...tiersWithoutServer, 'matrix'),
  [...projects('endurance'), '--shard=2/2'],
  [...projects('e2e'), '--shard=1/3'],
  [...projects('e2e'), '--shard=2/3'],
].map((args, index) => ({ args, report: `.cache/test-report-${index + 1}.json` }));

/** @param {string[]} tiers */
function projects(...tiers) {
  return tiers.flatMap((tier) => ['--project', tier]);
}

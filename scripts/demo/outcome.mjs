import { isDeepStrictEqual } from 'node:util';

/**
 * @typedef {import('./fates.mjs').Fate} Fate
 * @typedef {import('./simulated-world.mjs').SimulatedImage} SimulatedImage
 * @typedef {import('../../src/contracts/report.ts').ReportedImage} ReportedImage
 *
 * @typedef {object} Outcome
 * @property {number} exitCode of `apply`
 * @property {readonly Pick<ReportedImage, 'imageArn' | 'state' | 'error'>[]} reported
 * @property {readonly SimulatedImage[]} simulated
 */

// Finished, and some images did not succeed, within the tolerance.
const expectedExitCode = 3;

/**
 * What in the outcome of the demo is other than it has to be, one line each; none where all is right. What the product
 * reports and what truly happened are judged apart.
 *
 * @param {readonly Fate[]} fates
 * @param {Outcome} outcome
 * @returns {readonly string[]}
 */
export function differencesIn(fates, { exitCode, reported, simulated }) {
  const expectedArns = fates.map(({ imageArn }) => imageArn);
  return [
    ...differing('the exit code of apply', exitCode, expectedExitCode),
    ...differing('the images of the report', reported.map(({ imageArn }) => imageArn).sort(), [...expectedArns].sort()),
    ...fates.flatMap((fate) => [
      ...differencesOfReport(
        fate,
        reported.find(({ imageArn }) => imageArn === fate.imageArn),
      ),
      ...differencesOfWorld(
        fate,
        simulated.find(({ imageArn }) => imageArn === fate.imageArn),
      ),
    ]),
  ];
}

/**
 * @param {Fate} fate
 * @param {Pick<ReportedImage, 'state' | 'error'> | undefined} reported
 */
function differencesOfReport({ imageArn, state, code }, reported) {
  return [
    ...differing(`${imageArn}: the reported state`, reported?.state, state),
    ...differing(`${imageArn}: the reported cause`, reported?.error?.code, code),
  ];
}

/**
 * @param {Fate} fate
 * @param {SimulatedImage | undefined} simulated
 */
function differencesOfWorld({ imageArn, before, access, sees, changes, refusals, state }, simulated) {
  if (simulated === undefined) return [`${imageArn}: the simulator does not know it`];
  const { writes } = simulated;
  const allowed = state === 'UNCHANGED' ? before : [...before, '222222222222', '333333333333'];
  const intruders = simulated.everAccess.filter((principal) => !allowed.includes(principal));
  const needless = writes.filter(({ alreadyHeld }) => alreadyHeld).map(({ operation }) => operation);
  return [
    ...differing(`${imageArn}: who has access`, simulated.access, access),
    ...differing(`${imageArn}: who sees it in lists`, simulated.sees, sees),
    ...differing(`${imageArn}: who had access and never should`, intruders, []),
    ...differing(`${imageArn}: calls that asked for what was so already`, needless, []),
    ...differing(
      `${imageArn}: calls that changed something`,
      writes.filter(({ effect }) => effect).map(({ operation }) => operation),
      changes,
    ),
    ...differing(`${imageArn}: writes that were refused`, refusalsOf(simulated), refusals),
  ];
}

/**
 * How often a write was answered with an error, by its name.
 *
 * @param {SimulatedImage} simulated
 * @returns {Record<string, number>}
 */
function refusalsOf({ writes }) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { errorName } of writes) {
    if (errorName !== undefined) counts[errorName] = (counts[errorName] ?? 0) + 1;
  }
  return counts;
}

/**
 * @param {string} what
 * @param {unknown} actual
 * @param {unknown} expected
 * @returns {readonly string[]}
 */
function differing(what, actual, expected) {
  if (isDeepStrictEqual(actual, expected)) return [];
  return [`${what}: ${textOf(actual)} instead of ${textOf(expected)}`];
}

/** @param {unknown} value */
function textOf(value) {
  return value === undefined ? 'none' : JSON.stringify(value);
}

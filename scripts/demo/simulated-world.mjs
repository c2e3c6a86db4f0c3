/**
 * What the simulator knows of one image after the rollout.
 *
 * @typedef {object} SimulatedImage
 * @property {string} imageArn
 * @property {readonly string[]} access who can read it by its ARN now
 * @property {readonly string[]} sees who finds it in lists now
 * @property {readonly string[]} everAccess who could read it at any time
 * @property {readonly ImageCall[]} writes the calls that were to change something, in their order
 *
 * @typedef {Pick<import('../../src/simulator/journal.ts').JournalEntry,
 *   'operation' | 'effect' | 'errorName' | 'status' | 'alreadyHeld'>} ImageCall
 */

/**
 * Reads over the simulator's control API what truly became of the images, whatever anybody reports.
 *
 * @param {string} simulatorUrl
 * @param {readonly string[]} imageArns
 * @returns {Promise<readonly SimulatedImage[]>}
 */
export async function readSimulatedImages(simulatorUrl, imageArns) {
  return Promise.all(imageArns.map((imageArn) => readImage(simulatorUrl, imageArn)));
}

/**
 * @param {string} simulatorUrl
 * @param {string} imageArn
 * @returns {Promise<SimulatedImage>}
 */
async function readImage(simulatorUrl, imageArn) {
  const ask = async (/** @type {string} */ path) => {
    const response = await fetch(`${simulatorUrl}/_simulator/${path}?image=${encodeURIComponent(imageArn)}`);
    if (!response.ok) throw new Error(`The simulator answers ${response.status} to ${path} of ${imageArn}`);
    return response.json();
  };
  const { access, sees } = /** @type {import('../../src/simulator/state.ts').ImageState} */ (await ask('state'));
  const journal = /** @type {readonly import('../../src/simulator/journal.ts').JournalEntry[]} */ (
    await ask('journal')
  );
  const history = /** @type {readonly import('../../src/simulator/world/records.ts').AccessEntry[]} */ (
    await ask('access-history')
  );
  return {
    imageArn,
    access,
    sees,
    everAccess: [...new Set(history.flatMap(({ principals }) => principals))].sort(),
    writes: journal.filter(({ isWrite }) => isWrite),
  };
}

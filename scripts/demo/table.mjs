/**
 * @typedef {import('./fates.mjs').Fate} Fate
 * @typedef {import('./simulated-world.mjs').SimulatedImage} SimulatedImage
 * @typedef {import('./simulated-world.mjs').ImageCall} ImageCall
 * @typedef {Pick<import('../../src/contracts/report.ts').ReportedImage, 'imageArn' | 'state' | 'error'>} ReportedImage
 */

/** @type {Readonly<Record<string, string>>} */
const words = {
  PutImagePolicy: 'put',
  PromoteResourceShareCreatedFromPolicy: 'promote',
  PromotePermissionCreatedFromPolicy: 'promote permission',
  TagResource: 'tag',
  DisassociateResourceShare: 'remove principal',
};

/**
 * The lines of the table that says what became of each image, by whom it is seen, and why. States and causes are those
 * of the report; calls and access those of the simulator, in the order in which they happened.
 *
 * @param {readonly Fate[]} fates
 * @param {readonly ReportedImage[]} reported
 * @param {readonly SimulatedImage[]} simulated
 * @returns {readonly string[]}
 */
export function tableOfImages(fates, reported, simulated) {
  const rows = reported.map((image) => {
    const fate = fates.find(({ imageArn }) => imageArn === image.imageArn);
    const truth = simulated.find(({ imageArn }) => imageArn === image.imageArn);
    return {
      cells: [labelOf(image.imageArn), image.state, fate?.meets ?? '', truth === undefined ? '' : accessOf(truth)],
      calls: truth === undefined ? '' : callsOf(truth.writes),
      why: image.error === undefined ? null : `${image.error.code}: ${image.error.title}`,
    };
  });
  const header = ['IMAGE', 'STATE', 'WHAT IT MET', 'WHO HAS ACCESS'];
  const widths = header.map((title, at) => Math.max(title.length, ...rows.map(({ cells }) => cells[at]?.length ?? 0)));
  const lineOf = (/** @type {readonly string[]} */ cells) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    lineOf(header),
    ...rows.flatMap(({ cells, calls, why }) => [
      lineOf(cells),
      `    calls: ${calls}`,
      ...(why === null ? [] : [`    why:   ${why}`]),
    ]),
  ];
}

/**
 * `111111111111 us-east-1 web/1.0.0/1`
 *
 * @param {string} imageArn
 */
function labelOf(imageArn) {
  const [, , , region = '', account = '', image = ''] = imageArn.split(':');
  return `${account} ${region} ${image.replace('image/', '')}`;
}

/** @param {SimulatedImage} image */
function accessOf({ access, sees }) {
  if (access.length === 0) return 'nobody';
  return access.map((principal) => (sees.includes(principal) ? principal : `${principal} (by ARN)`)).join(', ');
}

/**
 * The writes as words; the same refusal many times over is said once.
 *
 * @param {readonly ImageCall[]} writes
 */
function callsOf(writes) {
  if (writes.length === 0) return 'none, it was only looked at';
  /** @type {{ text: string, count: number }[]} */
  const told = [];
  for (const write of writes) {
    const text = wordsOf(write);
    const last = told.at(-1);
    if (last?.text === text) last.count += 1;
    else told.push({ text, count: 1 });
  }
  return told.map(({ text, count }) => (count === 1 ? text : `${text} ×${count}`)).join(', ');
}

/** @param {ImageCall} write */
function wordsOf({ operation, status, errorName }) {
  const word = words[operation] ?? operation;
  return errorName === undefined ? word : `${word} → ${status ?? ''} ${errorName.replace(/Exception$/, '')}`;
}

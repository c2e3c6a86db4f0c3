import { expect, it } from 'vitest';
import type { Fate } from '../../scripts/demo/fates.mjs';
import { fates } from '../../scripts/demo/fates.mjs';
import type { Outcome } from '../../scripts/demo/outcome.mjs';
import { differencesIn } from '../../scripts/demo/outcome.mjs';
import type { SimulatedImage } from '../../scripts/demo/simulated-world.mjs';
import { loadManifest } from '../../src/config/load.ts';
import { imagesOf } from '../../src/domain/image-set.ts';

const imageArn = 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1';
const fate: Fate = {
  imageArn,
  meets: 'nothing special',
  state: 'SUCCEEDED',
  before: [],
  access: ['222222222222'],
  sees: ['222222222222'],
  changes: ['PutImagePolicy'],
  refusals: {},
};
const put = { operation: 'PutImagePolicy', effect: true, status: 200, alreadyHeld: false };

it('has a fate for each image of the manifest', async () => {
  const { spec } = await loadManifest('examples/demo.yaml');

  expect(fates.map((each) => each.imageArn).sort()).toEqual([...imagesOf(spec.images)].sort());
});

it('finds nothing where all is as it has to be', () => {
  expect(differencesIn([fate], anOutcome())).toEqual([]);
});

it.each<[string, Partial<SimulatedImage>, string]>([
  ['an account that still has access', { access: ['222222222222', '444444444444'] }, 'who has access: ['],
  ['an account that does not see the image', { sees: [] }, 'who sees it in lists: []'],
  [
    'an intruder who is gone again',
    { everAccess: ['444444444444'] },
    'who had access and never should: ["444444444444"]',
  ],
  ['a needless call', { writes: [{ ...put, alreadyHeld: true }] }, 'calls that asked for what was so already'],
  ['a call too many', { writes: [put, put] }, 'calls that changed something: ["PutImagePolicy","PutImagePolicy"]'],
  [
    'a refusal that is not part of the story',
    { writes: [{ ...put, effect: false, status: 503, errorName: 'ServiceUnavailableException' }, put] },
    'writes that were refused: {"ServiceUnavailableException":1}',
  ],
])('finds %s', (_, change, difference) => {
  const found = differencesIn([fate], anOutcome({ simulated: [aSimulatedImage(change)] }));

  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`${imageArn}: ${difference}`);
});

it('finds another state, another exit code, and an image that is not reported', () => {
  const failed = { imageArn, state: 'FAILED', error: { code: 'internal', title: '', detail: '', hint: '' } } as const;

  expect(differencesIn([fate], anOutcome({ exitCode: 0, reported: [failed] }))).toEqual([
    'the exit code of apply: 0 instead of 3',
    `${imageArn}: the reported state: "FAILED" instead of "SUCCEEDED"`,
    `${imageArn}: the reported cause: "internal" instead of none`,
  ]);
  expect(differencesIn([fate], anOutcome({ reported: [] }))).toContain(
    `the images of the report: [] instead of ["${imageArn}"]`,
  );
});

function anOutcome(change: Partial<Outcome> = {}): Outcome {
  return { exitCode: 3, reported: [{ imageArn, state: 'SUCCEEDED' }], simulated: [aSimulatedImage()], ...change };
}

function aSimulatedImage(change: Partial<SimulatedImage> = {}): SimulatedImage {
  return {
    imageArn,
    access: ['222222222222'],
    sees: ['222222222222'],
    everAccess: ['222222222222'],
    writes: [put],
    ...change,
  };
}

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { renderForecast } from '../../src/cli/render/forecast.ts';
import { withoutColour } from '../../src/cli/render/text.ts';
import { loadManifest } from '../../src/config/load.ts';
import { aFolder, manifestText } from '../support/manifest-folder.ts';

const named = Array.from(
  { length: 20 },
  (_, index) => `arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/${index + 1}`,
);
const everywhere = "{ select: { account: '111111111111', regions: [us-east-1] } }";

/** What is said before the start of a rollout with this strategy. */
async function forecastOf(strategy: string, include: readonly string[] = named): Promise<readonly string[]> {
  const folder = await aFolder({ 'm.yaml': manifestText({ images: `{ include: [${include.join()}] }`, strategy }) });
  const { spec } = await loadManifest(join(folder, 'm.yaml'));
  return renderForecast(spec, null, withoutColour);
}

it.each<[string, string, readonly string[]]>([
  [
    'percentages in numbers, and the sizes of waves',
    '{ maxConcurrentPercentage: 50, failureTolerancePercentage: 10, waves: [{ name: canary, percentage: 5 }, { name: rest }] }',
    [
      'at most 20 images to change: canary 1, rest 19; 10 at once, 2 may fail, SOFT_FAILURE_TOLERANCE, starts with 10',
      expect.stringMatching(/^warning: The first wave "canary" has neither a soak, an approval nor/) as string,
    ],
  ],
  [
    'what a wave may fail by of its own, where it has a gate or says so',
    '{ failureToleranceCount: 2, waves: [{ name: canary, count: 1, soak: 1m }, { name: some, count: 2, failureToleranceCount: 1 }, { name: rest }] }',
    [
      'at most 20 images to change: canary 1, some 2, rest 17; 10 at once, 2 may fail, SOFT_FAILURE_TOLERANCE, starts with 10',
      'waves with a tolerance of their own: 0 of canary, 1 of some may fail',
    ],
  ],
  [
    'that a strategy makes a rollout serial',
    '{ concurrencyMode: STRICT_FAILURE_TOLERANCE, failureTolerancePercentage: 0 }',
    [
      'at most 20 images to change: all 20; 10 at once, 0 may fail, STRICT_FAILURE_TOLERANCE, starts with 1',
      expect.stringMatching(
        /^warning: STRICT_FAILURE_TOLERANCE with a tolerance of 0 runs one image at a time/,
      ) as string,
    ],
  ],
  [
    'no sizes of waves where these depend on tags that nobody has read',
    '{ waves: [{ name: tested, match: { tags: { tested: "true" } } }, { name: rest }] }',
    ['at most 20 images to change; 10 at once, 0 may fail, SOFT_FAILURE_TOLERANCE, starts with 10'],
  ],
])('of images that are named says %s', async (_, strategy, lines) => {
  expect(await forecastOf(strategy)).toEqual(lines);
});

it('of images that are still to be selected is what the manifest says', async () => {
  const strategy = '{ maxConcurrentPercentage: 50, failureToleranceCount: 3 }';

  expect(await forecastOf(strategy, [...named.slice(0, 2), everywhere])).toEqual([
    '2 images and what 1 selection finds; 50 % of the images to change at once, 3 may fail, SOFT_FAILURE_TOLERANCE',
  ]);
});

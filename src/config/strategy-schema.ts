import { z } from 'zod';
import { failureToleranceRange, maxConcurrentRange } from '../domain/strategy.ts';
import { accountField, countField, durationField, nameField, patternField, regionField, tagsField } from './fields.ts';

const dayMs = 24 * 60 * 60_000;
const percentageField = countField(1, 100);

const matchSchema = z
  .strictObject({
    names: z
      .array(patternField.describe('A pattern of image names.'))
      .min(1)
      .exactOptional()
      .describe('Patterns of image names; * stands for any characters, ? for one.'),
    accounts: z
      .array(accountField.describe('A quoted account id of 12 digits.'))
      .min(1)
      .exactOptional()
      .describe('Owners of the images.'),
    regions: z
      .array(regionField.describe('A Region, such as eu-west-1.'))
      .min(1)
      .exactOptional()
      .describe('Regions of the images.'),
    tags: tagsField.exactOptional().describe('Tags that the images have, each with this value.'),
  })
  .refine((match) => Object.keys(match).length > 0, {
    message: 'fits every image',
    params: { fix: 'Name names, accounts, regions or tags, or take match out.' },
  });

const approvalSchema = z.strictObject({
  required: countField(1, 20).default(1).describe('Distinct people who have to approve, 1 to 20.'),
  timeout: durationField(1000, 30 * dayMs)
    .prefault('1d')
    .describe('Silence rejects after this time, 1s to 30d.'),
});

const waveSchema = z.strictObject({
  name: nameField.describe('Name of the wave: 1 to 64 of a-z, 0-9 and -.'),
  match: matchSchema
    .exactOptional()
    .describe('Which of the images that no earlier wave took: all that every given list fits.'),
  count: countField(1, 10_000).exactOptional().describe('At most so many of them, 1 to 10000.'),
  percentage: percentageField
    .exactOptional()
    .describe('At most this share of all images to change, rounded down, at least one image, 1 to 100.'),
  soak: durationField(1000, 30 * dayMs)
    .exactOptional()
    .describe(
      'How long to wait before the images of the wave are looked at again, and the next wave starts, 1s to 30d.',
    ),
  approval: approvalSchema.exactOptional().describe('The people who have to approve before the next wave starts.'),
  failureToleranceCount: countField(0, 10_000)
    .exactOptional()
    .describe(
      'Failed images of the wave above which nothing more starts; by default 0 where it has a soak or an approval.',
    ),
});

type Wave = z.output<typeof waveSchema>;

/** Whether a wave leaves nothing to those after it. */
function takesAll({ match, count, percentage }: Wave): boolean {
  return match === undefined && count === undefined && (percentage === undefined || percentage === 100);
}

const wavesSchema = z
  .array(waveSchema)
  .min(1)
  .max(50)
  .superRefine((waves, context) => {
    for (const [index, { name }] of waves.entries()) {
      if (waves.findIndex((wave) => wave.name === name) === index) continue;
      const params = { fix: 'Give each wave a name of its own.' };
      context.addIssue({ code: 'custom', path: [index, 'name'], message: 'names an earlier wave', params });
    }
    const all = waves.findIndex(takesAll);
    const after = waves[all + 1];
    if (all < 0 || after === undefined) return;
    const fix = `Put "${waves[all]?.name ?? ''}" last, or give it a match, a count or a percentage.`;
    context.addIssue({
      code: 'custom',
      path: [all + 1],
      message: `comes after "${waves[all]?.name ?? ''}", which takes every image`,
      params: { fix },
    });
  });

/** `strategy`: in what order, how many images at once, and how many may fail. */
export const strategySchema = z
  .strictObject({
    waves: wavesSchema
      .default([{ name: 'all' }])
      .describe('Groups of images, rolled out one after another; the last one takes whatever is left.'),
    maxConcurrentCount: countField(maxConcurrentRange.least, maxConcurrentRange.most)
      .exactOptional()
      .describe('Most images that are worked on at once, 1 to 1000; by default 10.'),
    maxConcurrentPercentage: percentageField
      .exactOptional()
      .describe('The same as a share of the images to change, rounded down, at least one, 1 to 100.'),
    failureToleranceCount: countField(failureToleranceRange.least, failureToleranceRange.most)
      .exactOptional()
      .describe('Failed images above which no further image starts, 0 to 10000; by default 0.'),
    failureTolerancePercentage: countField(0, 100)
      .exactOptional()
      .describe('The same as a share of the images to change, rounded down, 0 to 100.'),
    concurrencyMode: z
      .enum(['SOFT_FAILURE_TOLERANCE', 'STRICT_FAILURE_TOLERANCE'])
      .default('SOFT_FAILURE_TOLERANCE')
      .describe(
        'SOFT keeps the concurrency, so that images in flight may fail beyond the tolerance; STRICT lowers it, so that failures pass the tolerance by one at most.',
      ),
    onConflict: z
      .enum(['wait', 'skip', 'fail'])
      .default('wait')
      .describe('What happens where another rollout works on an image: wait for it, skip the image, or fail it.'),
  })
  .superRefine((strategy, context) => {
    for (const name of ['maxConcurrent', 'failureTolerance'] as const) {
      if (strategy[`${name}Count`] === undefined || strategy[`${name}Percentage`] === undefined) continue;
      const message = `stands beside ${name}Count`;
      const params = { fix: 'Write one of the two.' };
      context.addIssue({ code: 'custom', path: [`${name}Percentage`], message, params });
    }
  })
  .describe('In what order the images are worked on, how many at once, and how many may fail.');

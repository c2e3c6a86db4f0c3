import { z } from 'zod';
import { versionPattern } from '../domain/selection.ts';
import { accountField, durationField, patternField, regionField, tagsField } from './fields.ts';
import { partitionOfRegion } from './region-partition.ts';

const dayMs = 24 * 60 * 60_000;

/** `select` in `images.include`: images that are looked for when the rollout starts. */
export const selectionSchema = z
  .strictObject({
    account: accountField.describe('Owner of the images: a quoted account id of 12 digits.'),
    regions: z
      .array(regionField.describe('A Region, such as eu-west-1.'))
      .min(1)
      .max(50)
      .refine((regions) => new Set(regions.map(partitionOfRegion)).size <= 1, {
        message: 'are of different partitions of AWS',
        params: { fix: 'Write one select for each partition.' },
      })
      .describe('Regions that are looked at, all of one partition.'),
    name: patternField.default('*').describe('Pattern of image names; * stands for any characters, ? for one.'),
    version: z
      .string()
      .regex(versionPattern, "is not 'latest', 'all', or a version such as 1.2.3 or 1.x.x")
      .default('latest')
      .describe(
        'latest: the highest version of each name; 1.x.x: the highest that begins so; 1.2.3: this one; all: every version. Among those that pass the other filters.',
      ),
    build: z
      .enum(['latest', 'all'])
      .default('latest')
      .describe(
        'latest: the highest build of each version, among those that pass the other filters; all: every build.',
      ),
    minAge: durationField(0, 365 * dayMs)
      .prefault('0ms')
      .describe('Builds that are younger are left alone, 0ms to 365d.'),
    tags: tagsField.default({}).describe('Tags that the builds have, each with this value.'),
  })
  .describe('Builds that are AVAILABLE when the rollout starts, and pass every filter.');

import type { RolloutSpec } from '../contracts/rollout.ts';
import type { ImageArn } from '../domain/arn.ts';
import { matchesGlob } from '../domain/glob.ts';
import { imagesOf } from '../domain/image-set.ts';
import { inspectionOf } from './activities.ts';
import { mapInLanes } from '../domain/lanes.ts';

const atOnce = 4;

/** The images that a manifest names, then those that its selections find now, each once. */
export async function selectImagesOf(spec: RolloutSpec): Promise<readonly ImageArn[]> {
  const { images, selections, exclude, options, rolloutName } = spec;
  const places = selections.flatMap((selection) => selection.regions.map((region) => ({ selection, region })));
  const found = await mapInLanes(places, atOnce, async ({ selection, region }) => {
    const { selectImages } = inspectionOf(
      `select ${selection.name} in ${selection.account} ${region} for ${rolloutName}`,
    );
    return imagesOf(await selectImages({ selection, region, options }));
  });
  const kept = found.flat().filter((image) => !exclude.some((pattern) => matchesGlob(pattern, image)));
  return [...new Set([...imagesOf(images), ...kept])];
}

import type { RolloutSpec } from '../contracts/rollout.ts';
import { imagesOf } from '../domain/image-set.ts';
import { mapInLanes } from '../domain/lanes.ts';
import type { ChosenImages } from '../domain/selection.ts';
import { chosenImages, placesOf } from '../domain/selection.ts';
import { inspectionOf } from './activities.ts';

const atOnce = 4;

/** The images that a manifest names, then those that its selections find now, each once. */
export async function selectImagesOf(spec: RolloutSpec): Promise<ChosenImages> {
  const { images, selections, exclude, options, rolloutName } = spec;
  const found = await mapInLanes(placesOf(selections), atOnce, async ({ selection, region }) => {
    const { selectImages } = inspectionOf(
      `select ${selection.name} in ${selection.account} ${region} for ${rolloutName}`,
    );
    return imagesOf(await selectImages({ selection, region, options }));
  });
  return chosenImages(imagesOf(images), found.flat(), exclude);
}

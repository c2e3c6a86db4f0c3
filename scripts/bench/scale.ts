import type { ImageArn } from '../../src/domain/arn.ts';
import { rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { rigImage } from '../../test/support/rig-images.ts';
import type { Figure } from './figure.ts';
import { rounded } from './figure.ts';
import { residentMiB } from './memory.ts';
import type { Workshop } from './workshop.ts';
import { rollOut } from './workshop.ts';

/** Regions of one account; AWS limits rates for each. */
const regions = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'eu-west-1',
  'eu-west-2',
  'eu-central-1',
  'eu-north-1',
  'ap-south-1',
  'ap-northeast-1',
] as const;

/**
 * Rollouts over ten partitions, each larger than the one before, by one worker: whether every image is shared, how long
 * the histories grow, and the worker's memory. Throws where an image was lost.
 */
export async function measureScale(
  workshop: Workshop,
  pid: number,
  counts: readonly number[],
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  let before: { readonly count: number; readonly memory: number } | null = null;
  for (const count of counts) {
    const name = `scale-${count}`;
    const images = imagesEverywhere(workshop, name, count);
    const { ms, status } = await rollOut(workshop, name, images);
    requireAllShared(workshop, images);
    if (status.counts.succeeded !== count) throw new Error(`${name}: ${JSON.stringify(status.counts)}`);
    const memory = residentMiB(pid);
    const of = `${count} images over ${regions.length} partitions`;
    figures.push({ what: `images/s of ${of}`, value: rounded(count / (ms / 1000)) });
    figures.push(...(await historyFigures(workshop, name, of)));
    figures.push({ what: `memory of the worker after ${of}, MiB`, value: rounded(memory) });
    if (before !== null) {
      figures.push({
        what: `memory of the worker, ${count} ÷ ${before.count} images`,
        value: rounded(memory / before.memory),
      });
    }
    before = { count, memory };
  }
  return figures;
}

function imagesEverywhere({ simulator }: Workshop, name: string, count: number): readonly ImageArn[] {
  const images = Array.from({ length: count }, (_, index) =>
    rigImage(`${name}-${index}`, undefined, regions[index % regions.length]),
  );
  simulator.seed({ images: images.map((arn) => ({ arn })) });
  return images;
}

/** The simulator says it, not the report of the rollout. */
function requireAllShared({ simulator }: Workshop, images: readonly ImageArn[]): void {
  const lost = images.filter((image) => {
    const shares = simulator.image(image)?.shares ?? [];
    return shares.length !== 1 || shares[0]?.featureSet !== 'STANDARD' || simulator.image(image)?.sees.length !== 2;
  });
  if (lost.length > 0) throw new Error(`${lost.length} of ${images.length} images are not shared, as ${lost[0]}`);
}

async function historyFigures({ temporal }: Workshop, name: string, of: string): Promise<readonly Figure[]> {
  const root = await temporal.workflow.getHandle(rolloutWorkflowId(name)).describe();
  const batches: number[] = [];
  const query = `WorkflowType = 'rolloutBatch' AND RolloutName = '${name}'`;
  for await (const { historyLength } of temporal.workflow.list({ query })) batches.push(historyLength);
  return [
    { what: `history of the root of ${of}, events`, value: String(root.historyLength) },
    { what: `history of the root of ${of}, KiB`, value: rounded((root.historySize ?? Number.NaN) / 1024) },
    { what: `longest history of a batch of ${of}, events`, value: String(Math.max(...batches)) },
  ];
}

import { bulkSpec, writtenOf } from '../../test/support/rig-bulk.ts';
import { rigOrigin } from '../../test/support/rig-images.ts';
import type { Figure } from './figure.ts';
import { rounded } from './figure.ts';
import type { Workshop } from './workshop.ts';
import { newImages, rollOut } from './workshop.ts';

const lanes = 25;

/** How many images a rollout touches, and how long it takes to stop, where every promotion is refused. */
export async function measureMassFailure(workshop: Workshop, count: number): Promise<readonly Figure[]> {
  const { client, simulator } = workshop;
  const one = await rollOut(workshop, 'failing-not', newImages(workshop, 'failing-not', 1));
  const images = newImages(workshop, 'failing', count, () => ({ promotion: 'refused' }));
  const strategy = { maxConcurrent: { count: lanes }, failureTolerance: { count: 0 } };
  await client.startRollout(bulkSpec('failing', images, { strategy }), rigOrigin);
  const { state, counts, startedAt, finishedAt } = await client.outcome('failing');
  const touched = writtenOf(simulator, images);
  const left = images.filter((image) => (simulator.image(image)?.access.length ?? 0) > 0);
  if (state !== 'STOPPED' || left.length > 0)
    throw new Error(`It ended ${state}, with access to ${left.length} images`);
  const seconds = (Date.parse(finishedAt ?? '') - Date.parse(startedAt)) / 1000;
  return [
    {
      what: `images touched of ${count} whose promotion is refused, ${lanes} at once, tolerance 0; all compensated`,
      value: `${touched.length} (${counts.compensated})`,
    },
    {
      what: 'seconds from their start to the stop, beside one image alone',
      value: `${rounded(seconds)} (${rounded(one.ms / 1000)})`,
    },
  ];
}

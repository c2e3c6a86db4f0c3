import { bulkSpec, writtenOf } from '../../test/support/rig-bulk.ts';
import { rigOrigin } from '../../test/support/rig-images.ts';
import type { Figure } from './figure.ts';
import { rounded } from './figure.ts';
import type { Workshop } from './workshop.ts';
import { newImages } from './workshop.ts';

const lanes = 25;

/** How many images a rollout touches, and how long it takes to stop, where every promotion is refused. */
export async function measureMassFailure(workshop: Workshop, count: number): Promise<readonly Figure[]> {
  const { client, simulator } = workshop;
  const strategy = { maxConcurrent: { count: lanes }, failureTolerance: { count: 0 } };
  const failing = async (name: string, imageCount: number) => {
    const images = newImages(workshop, name, imageCount, () => ({ promotion: 'refused' }));
    await client.startRollout(bulkSpec(name, images, { strategy }), rigOrigin);
    const { state, counts, startedAt, finishedAt } = await client.outcome(name);
    return { images, state, counts, seconds: (Date.parse(finishedAt ?? '') - Date.parse(startedAt)) / 1000 };
  };
  const one = await failing('failing-alone', 1);
  const { images, state, counts, seconds } = await failing('failing', count);
  const touched = writtenOf(simulator, images);
  const left = images.filter((image) => (simulator.image(image)?.access.length ?? 0) > 0);
  if (state !== 'STOPPED' || left.length > 0)
    throw new Error(`It ended ${state}, with access to ${left.length} images`);
  return [
    {
      what: `images touched of ${count} whose promotion is refused, ${lanes} at once, tolerance 0; all compensated`,
      value: `${touched.length} (${counts.compensated})`,
    },
    {
      what: 'seconds from their start to the stop, the look at all of them included (÷ one such image alone)',
      value: `${rounded(seconds)} (${rounded(seconds / one.seconds)})`,
    },
  ];
}
